import { type Cluster, type PersistentVolumeClaim, resources } from '@csi-ts/kube-cluster/port'
import { namespace } from './storage-objects.ts'

/** Waits until the claim of that name is bound, and returns it. */
export function boundClaim(cluster: Cluster, name: string): Promise<PersistentVolumeClaim> {
  return cluster.waitFor(
    resources.persistentVolumeClaims,
    { name, namespace },
    'phase Bound',
    ({ status }) => status?.phase === 'Bound',
  )
}
