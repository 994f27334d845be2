export {
  type DeclaredCapabilities,
  type DriverCapabilities,
  inferCapabilities,
  type ServedMethods,
} from './capabilities.ts'
export { chooseCapacityBytes, isWithinRange, type ParsedCapacityRange, parseCapacityRange } from './capacity-range.ts'
export { checkResponse } from './check-response.ts'
export { createDriver, type Driver, type DriverHandlers, type DriverOptions } from './driver.ts'
export {
  type ControllerHandlers,
  defineController,
  defineGroupController,
  defineNode,
  defineSnapshotMetadata,
  type GroupControllerHandlers,
  type IdentityHandlers,
  type NodeHandlers,
  type SnapshotMetadataHandlers,
} from './handlers.ts'
export { OperationLocks } from './operation-locks.ts'
export { type Page, type PageRequest, paginate } from './pagination.ts'
export { missingField, requireFields } from './require-fields.ts'
export { requiredFields } from './required-fields.ts'
export {
  type HealthzOptions,
  type RegistrationOptions,
  type ServeCsiOptions,
  type ServingDriver,
  serveCsi,
} from './serve-csi.ts'
export { chooseTopology, isAccessible, type Segments } from './topology.ts'
export { validateRequest } from './validate-request.ts'
export {
  accessModeOf,
  assertVolumeCapability,
  isBlock,
  isMultiNode,
  isReaderOnly,
  isSameCapability,
} from './volume-capability.ts'
