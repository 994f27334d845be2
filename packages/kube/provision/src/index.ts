export { buildVolume } from './build-volume.ts'
export { type ProvisionFacts, type ProvisionPlan, planProvision } from './plan-provision.ts'
export {
  type DeletionProgress,
  isServedBy,
  planVolume,
  type VolumeFacts,
  type VolumePlan,
} from './plan-volume.ts'
export {
  createProvisionController,
  type ProvisionController,
  type ProvisionControllerDeps,
  type ProvisionControllerOptions,
} from './provision-controller.ts'
export { eventReasons } from './provision-events.ts'
export { provisionNeeds } from './provision-needs.ts'
export type {
  ClaimView,
  ClassView,
  DeleteOutcome,
  NewVolume,
  Provisioner,
  ProvisionOutcome,
  ProvisionRequest,
  ProvisionState,
  StoredVolume,
  VolumeView,
} from './provisioner.ts'
export { selectedNodeOf } from './selected-node.ts'
export { classNameOf, isDelayedBinding } from './storage-class.ts'
export type { VolumeSaverOptions } from './volume-saver.ts'
