import { AccessMode, type CreateVolumeRequest, type DeepPartial, type VolumeCapability } from '@csi-ts/csi-proto'

/** A request for a volume of 1 MiB. */
export function volumeRequest(
  name: string,
  change: DeepPartial<CreateVolumeRequest> = {},
): DeepPartial<CreateVolumeRequest> {
  return {
    name,
    capacityRange: { requiredBytes: 1n << 20n },
    volumeCapabilities: [mountCapability],
    ...change,
  }
}

/** A file system for one writer. */
export const mountCapability: DeepPartial<VolumeCapability> = {
  accessType: { $case: 'mount', value: { fsType: 'ext4' } },
  accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
}
