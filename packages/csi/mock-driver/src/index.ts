export { connectMockControl, type MockControl, type RemoteRule } from './control-client.ts'
export type { RemoteCall } from './control-protocol.ts'
export { type ControlServer, serveControl } from './control-server.ts'
export {
  createMockDriver,
  defaultControllerCapabilities,
  defaultNodeCapabilities,
  type MockDriver,
  type MockDriverOptions,
} from './mock-driver.ts'
export {
  emptyState,
  formatState,
  type MockSnapshot,
  type MockState,
  type MockVolume,
  parseState,
} from './mock-state.ts'
export type { RecordedCall } from './recorded-call.ts'
export type { Rule, Script, ScriptAction } from './script.ts'
export { parseRule, parseRules, type RuleText } from './script-text.ts'
