import type { FeatureGateSpec } from '@csi-ts/process'

/** Names of the provisioner's feature gates. */
export type FeatureGate =
  | 'Topology'
  | 'CrossNamespaceVolumeDataSource'
  | 'VolumeAttributesClass'
  | 'ReleaseLeaderElectionOnExit'
  | 'HonorPVReclaimPolicy'

/** Upstream's gates, and those that it has removed: a manifest that still names one must start. */
export const featureGates: Readonly<Record<FeatureGate, FeatureGateSpec>> = {
  Topology: { default: true, stage: 'ga' },
  CrossNamespaceVolumeDataSource: { default: false, stage: 'alpha' },
  VolumeAttributesClass: { default: true, stage: 'ga' },
  ReleaseLeaderElectionOnExit: { default: false, stage: 'alpha' },
  HonorPVReclaimPolicy: { default: true, stage: 'removed' },
}
