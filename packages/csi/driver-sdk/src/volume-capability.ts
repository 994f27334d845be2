import { AccessMode, type VolumeCapability } from '@csi-ts/csi-proto'
import { missingField } from './require-fields.ts'

/**
 * Checks that a capability has an access type and an access mode. Which of them a volume supports is the driver's to say.
 * @param field where the capability stands, for the message
 * @throws CsiError InvalidArgument
 */
export function assertVolumeCapability(field: string, capability: VolumeCapability): void {
  if (capability.accessType === undefined) throw missingField(`${field}.access_type`)
  if ((capability.accessMode?.mode ?? AccessMode.UNKNOWN) === AccessMode.UNKNOWN) {
    throw missingField(`${field}.access_mode`)
  }
}

/** The access mode of a capability that was checked. */
export function accessModeOf(capability: VolumeCapability): AccessMode {
  return capability.accessMode?.mode ?? AccessMode.UNKNOWN
}

/** True for raw block access. */
export function isBlock(capability: VolumeCapability): boolean {
  return capability.accessType?.$case === 'block'
}

const readerOnly: ReadonlySet<AccessMode> = new Set([
  AccessMode.SINGLE_NODE_READER_ONLY,
  AccessMode.MULTI_NODE_READER_ONLY,
])

/** True when the mode itself forbids writing. */
export function isReaderOnly(mode: AccessMode): boolean {
  return readerOnly.has(mode)
}

const multiNode: ReadonlySet<AccessMode> = new Set([
  AccessMode.MULTI_NODE_READER_ONLY,
  AccessMode.MULTI_NODE_SINGLE_WRITER,
  AccessMode.MULTI_NODE_MULTI_WRITER,
])

/** True when several nodes may have the volume at once. */
export function isMultiNode(mode: AccessMode): boolean {
  return multiNode.has(mode)
}

/** What makes two capabilities the same for one volume at one path: a repeated call with equal ones is no conflict. */
export function isSameCapability(a: VolumeCapability, b: VolumeCapability): boolean {
  return accessModeOf(a) === accessModeOf(b) && accessTypeKey(a) === accessTypeKey(b)
}

function accessTypeKey({ accessType }: VolumeCapability): string {
  if (accessType?.$case !== 'mount') return accessType?.$case ?? ''
  const { fsType, mountFlags, volumeMountGroup } = accessType.value
  return JSON.stringify([fsType, mountFlags.toSorted(), volumeMountGroup])
}
