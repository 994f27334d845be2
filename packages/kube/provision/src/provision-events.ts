/** Reasons of the events on claims and volumes: upstream's, which people and tools look for. */
export const eventReasons = {
  /** Claim, Normal: an attempt begins. */
  provisioning: 'Provisioning',
  /** Claim, Normal: the volume is written. */
  provisioningSucceeded: 'ProvisioningSucceeded',
  /** Claim, Warning: an attempt failed. */
  provisioningFailed: 'ProvisioningFailed',
  /** Claim, Warning: the API server refuses the volume, and its storage could not be deleted either. */
  provisioningCleanupFailed: 'ProvisioningCleanupFailed',
  /** Volume, Warning: the storage could not be deleted; Normal: it is still in use. */
  volumeFailedDelete: 'VolumeFailedDelete',
} as const

/** Message of a `Provisioning` event. */
export function provisioningMessage(claimKey: string): string {
  return `External provisioner is provisioning volume for claim "${claimKey}"`
}

/** Message of a `ProvisioningSucceeded` event. */
export function provisioningSucceededMessage(volumeName: string): string {
  return `Successfully provisioned volume ${volumeName}`
}

/** Message of a `ProvisioningFailed` event for a request that can never succeed. */
export function infeasibleMessage(errorText: string): string {
  return `Volume provisioning failed with infeasible error. Retries will be delayed. ${errorText}`
}
