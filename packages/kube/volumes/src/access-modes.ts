import { AccessMode } from '@csi-ts/csi-proto'

/** What the driver's capabilities say about access modes. */
export interface AccessModeOptions {
  /** The driver has the SINGLE_NODE_MULTI_WRITER capability, so that it tells one writer on a node from several. */
  readonly singleNodeMultiWriter: boolean
}

/** The access modes that the Kubernetes API knows, in the order of its documentation. */
export const kubernetesAccessModes = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'] as const

/**
 * One Kubernetes access mode as a CSI access mode, taken alone: what a provisioner sends, one capability per mode.
 *
 * @throws Error naming the mode and what is allowed, when the mode is unknown
 */
export function toAccessMode(mode: string, options: AccessModeOptions): AccessMode {
  switch (mode) {
    case 'ReadWriteOnce':
      return options.singleNodeMultiWriter ? AccessMode.SINGLE_NODE_MULTI_WRITER : AccessMode.SINGLE_NODE_WRITER
    case 'ReadWriteOncePod':
      return options.singleNodeMultiWriter ? AccessMode.SINGLE_NODE_SINGLE_WRITER : AccessMode.SINGLE_NODE_WRITER
    case 'ReadOnlyMany':
      return AccessMode.MULTI_NODE_READER_ONLY
    case 'ReadWriteMany':
      return AccessMode.MULTI_NODE_MULTI_WRITER
    default:
      throw new Error(`unknown access mode ${JSON.stringify(mode)}: must be one of ${kubernetesAccessModes.join(', ')}`)
  }
}

/**
 * All access modes of a volume as the one CSI access mode that covers them: what an attacher sends. The rules are those
 * of the shared library of the upstream sidecars.
 *
 * @throws Error when Kubernetes or CSI has no mode for the combination, or when a mode is unknown
 */
export function toCombinedAccessMode(modes: readonly string[], options: AccessModeOptions): AccessMode {
  const distinct = [...new Set(modes)]
  for (const mode of distinct) toAccessMode(mode, options)
  const has = (mode: (typeof kubernetesAccessModes)[number]): boolean => distinct.includes(mode)

  if (has('ReadWriteOncePod')) {
    if (distinct.length > 1) {
      throw new Error(
        'Kubernetes does not support use of ReadWriteOncePod with other access modes on the same PersistentVolume',
      )
    }
    return toAccessMode('ReadWriteOncePod', options)
  }
  if (has('ReadWriteMany')) return toAccessMode('ReadWriteMany', options)
  if (has('ReadOnlyMany') && has('ReadWriteOnce')) {
    throw new Error('CSI does not support ReadOnlyMany and ReadWriteOnce on the same PersistentVolume')
  }
  const only = distinct[0]
  if (only === undefined) throw new Error('unsupported AccessMode combination: []')
  return toAccessMode(only, options)
}
