export { type ConnectDriverOptions, connectDriver, type DriverConnection } from './connect-driver.ts'
export {
  getControllerCapabilities,
  getDriverName,
  getGroupControllerCapabilities,
  getNodeCapabilities,
  getPluginCapabilities,
  probe,
  type QuestionOptions,
} from './driver-info.ts'
export { waitUntilReady } from './wait-until-ready.ts'
