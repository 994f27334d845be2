export { type CreateVolumePlan, type CreateVolumeSettings, planCreateVolume } from './create-volume-request.ts'
export {
  type CsiProvisionerDeps,
  type CsiProvisionerSettings,
  createCsiProvisioner,
} from './csi-provisioner.ts'
export { type DriverFacts, toDriverFacts } from './driver-facts.ts'
export { type FeatureGate, featureGates } from './feature-gates.ts'
export { flags, type ProvisionerOptions } from './flags.ts'
export { provisionerNeeds } from './provisioner-needs.ts'
export { createExternalProvisioner, externalProvisioner } from './sidecar.ts'
export { toVolumeName, type VolumeNaming } from './volume-name.ts'
