import { isTerminating } from '@csi-ts/kube-api'
import { ApiError } from '@csi-ts/kube-client'
import type { NewVolume, Provisioner, VolumeView } from './provisioner.ts'

/** What it means for our new volume that its name is taken. */
export type TakenPlan =
  /** It is our volume: an earlier attempt did get through. */
  | { readonly kind: 'saved' }
  /** It is the claim's volume, on its way out: its storage, which is ours too, is being deleted. */
  | { readonly kind: 'leaving' }
  /** The claim, or another one, has other storage under this name: what we made belongs to nobody. */
  | { readonly kind: 'orphan' }
  /** Another claim's volume has this very storage: it must never be deleted on our account. */
  | { readonly kind: 'foreign' }

/** Compares our volume with the one that has its name. "Already exists" alone proves nothing. */
export function planTaken(wanted: NewVolume, existing: VolumeView, storageId: Provisioner['storageId']): TakenPlan {
  const sameStorage = storageId(existing) === storageId(wanted)
  const sameClaim = existing.spec.claimRef?.uid === wanted.spec.claimRef?.uid
  if (!sameStorage) return { kind: 'orphan' }
  if (!sameClaim) return { kind: 'foreign' }
  return isTerminating(existing) ? { kind: 'leaving' } : { kind: 'saved' }
}

/**
 * Whether the API server has refused the object itself, rather than failed or been busy: 400 (and admission that denies
 * with it), 403 (RBAC, quota, admission), 413 (too large) and 422 (validation). Repeating may help only when somebody
 * changes the cluster.
 */
export function isRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && [400, 403, 413, 422].includes(error.code)
}
