import { AccessMode, type VolumeCapability } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { accessModeOf, isBlock } from '@csi-ts/driver-sdk'

/** The access modes that any directory can be used with, by their names in the CSI specification. */
const modeNames: ReadonlyMap<AccessMode, string> = new Map([
  [AccessMode.SINGLE_NODE_WRITER, 'SINGLE_NODE_WRITER'],
  [AccessMode.SINGLE_NODE_READER_ONLY, 'SINGLE_NODE_READER_ONLY'],
  [AccessMode.MULTI_NODE_READER_ONLY, 'MULTI_NODE_READER_ONLY'],
  [AccessMode.MULTI_NODE_SINGLE_WRITER, 'MULTI_NODE_SINGLE_WRITER'],
  [AccessMode.MULTI_NODE_MULTI_WRITER, 'MULTI_NODE_MULTI_WRITER'],
  [AccessMode.SINGLE_NODE_SINGLE_WRITER, 'SINGLE_NODE_SINGLE_WRITER'],
  [AccessMode.SINGLE_NODE_MULTI_WRITER, 'SINGLE_NODE_MULTI_WRITER'],
])

/** A capability that this driver can serve, reduced to what matters for a directory. */
export interface DirectoryCapability {
  /** File system type, access mode; the same for equal capabilities. Mount flags are left out: they may be secret. */
  readonly key: string
  readonly mode: AccessMode
  readonly mountFlags: readonly string[]
}

/** Why a capability cannot be served, in one line; undefined when it can. */
export function unsupportedReason(capability: VolumeCapability): string | undefined {
  if (isBlock(capability)) return 'access type block is not supported: volumes are directories'
  const mode = accessModeOf(capability)
  return modeNames.has(mode) ? undefined : `access mode ${mode} is not supported`
}

/**
 * Reads one capability.
 *
 * @throws CsiError InvalidArgument when it is missing or not one that a directory has.
 */
export function parseCapability(capability: VolumeCapability | undefined): DirectoryCapability {
  if (capability === undefined) throw new CsiError(Code.InvalidArgument, 'volume capability is missing')
  const reason = unsupportedReason(capability)
  if (reason !== undefined) throw new CsiError(Code.InvalidArgument, reason)
  const mount = capability.accessType?.$case === 'mount' ? capability.accessType.value : undefined
  const mode = accessModeOf(capability)
  return {
    key: `mount:${mount?.fsType ?? ''}:${modeNames.get(mode)}`,
    mode,
    mountFlags: mount?.mountFlags ?? [],
  }
}

/**
 * Reads the capabilities of a new volume: sorted keys, without duplicates, for comparing requests.
 *
 * @throws CsiError InvalidArgument for one that cannot be served.
 */
export function parseCapabilities(capabilities: readonly VolumeCapability[]): readonly string[] {
  return [...new Set(capabilities.map((capability) => parseCapability(capability).key))].toSorted()
}
