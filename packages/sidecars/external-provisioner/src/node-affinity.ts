import type { Topology } from '@csi-ts/csi-proto'
import type { VolumeNodeAffinity } from '@csi-ts/kube-api'

/**
 * Where the driver says that its volume can be reached, as the node affinity of the PersistentVolume. Undefined when it
 * says nothing: a required affinity without terms is one that the API server refuses for ever. Keys are sorted, so that the
 * same answer always makes the same object.
 */
export function toNodeAffinity(accessible: readonly Topology[]): VolumeNodeAffinity | undefined {
  const nodeSelectorTerms = accessible
    .map(({ segments }) => Object.entries(segments).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    .filter((segments) => segments.length > 0)
    .map((segments) => ({
      matchExpressions: segments.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    }))
  return nodeSelectorTerms.length === 0 ? undefined : { required: { nodeSelectorTerms } }
}
