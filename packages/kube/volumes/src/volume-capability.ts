import type { VolumeCapability } from '@csi-ts/csi-proto'
import { type AccessModeOptions, toAccessMode } from './access-modes.ts'

/** What of a claim and its class shapes the capabilities that a driver is asked for. */
export interface VolumeCapabilityInput {
  /** `spec.accessModes` of the claim, in its order. */
  readonly accessModes: readonly string[]
  /** `spec.volumeMode` of the claim; absent means Filesystem, as in the API. */
  readonly volumeMode?: string | undefined
  /** Empty: the driver chooses. Not sent for Block. */
  readonly fsType: string
  /** `mountOptions` of the class. Not sent for Block. */
  readonly mountFlags: readonly string[]
}

/** Whether a claim or a volume is a raw block device. */
export function isBlock(volumeMode: string | undefined): boolean {
  return volumeMode === 'Block'
}

/**
 * The CSI capabilities of a claim: one per access mode, in order.
 *
 * @throws Error when an access mode is unknown
 */
export function toVolumeCapabilities(input: VolumeCapabilityInput, options: AccessModeOptions): VolumeCapability[] {
  return input.accessModes.map((accessMode) => ({
    accessMode: { mode: toAccessMode(accessMode, options) },
    accessType: isBlock(input.volumeMode)
      ? { $case: 'block', value: {} }
      : { $case: 'mount', value: { fsType: input.fsType, mountFlags: [...input.mountFlags], volumeMountGroup: '' } },
  }))
}
