import { annotationOf, annotations, type PersistentVolumeClaim, refTo, resources } from '@csi-ts/kube-api'
import { isNotFound, type KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { ClaimView } from './provisioner.ts'

/** The node that the scheduler chose for the claim's first pod. */
export function selectedNodeOf(claim: ClaimView): string | undefined {
  const node = annotationOf(claim, annotations.selectedNode) ?? annotationOf(claim, annotations.alphaSelectedNode)
  return node === '' ? undefined : node
}

/** Whether giving the node back can make the scheduler choose again: only the present annotation is its own. */
export function canReschedule(claim: ClaimView): boolean {
  return annotationOf(claim, annotations.selectedNode) !== undefined
}

/**
 * Gives the claim back to the scheduler by removing its choice. Upstream's rules for claims allow no patch, so this is a
 * PUT of a fresh copy. Does nothing when the claim is gone or the scheduler has chosen anew meanwhile.
 *
 * @throws ApiError when the API server refuses, a conflicting write included
 */
export async function releaseSelectedNode(client: KubeClient, claim: ClaimView, ctx: WorkContext): Promise<void> {
  const claims = client.resource(resources.persistentVolumeClaims)
  try {
    const fresh = await claims.get(refTo(claim), ctx)
    if (fresh.metadata.uid !== claim.metadata.uid) return
    if (selectedNodeOf(fresh) !== selectedNodeOf(claim)) return
    await claims.update(withoutSelectedNode(fresh), ctx)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function withoutSelectedNode(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { [annotations.selectedNode]: _removed, ...kept } = claim.metadata.annotations ?? {}
  return { ...claim, metadata: { ...claim.metadata, annotations: kept } }
}
