import { annotationOf, annotations, finalizers, hasFinalizer, isTerminating } from '@csi-ts/kube-api'
import type { Provisioner, VolumeView } from './provisioner.ts'

/** How far the deletion of a volume got in this process. */
export type DeletionProgress = 'none' | 'storageDeleted' | 'finished'

/** All that the decision about one volume depends on. */
export interface VolumeFacts {
  readonly volume: VolumeView
  /** See {@link isServedBy}. */
  readonly ours: boolean
  readonly progress: DeletionProgress
}

/** What to do about one volume. */
export type VolumePlan =
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'addFinalizer' }
  | { readonly kind: 'removeFinalizer' }
  /** Delete the storage, then the object. */
  | { readonly kind: 'delete' }
  /** The storage is deleted; only the object is left. */
  | { readonly kind: 'deleteObject' }

/**
 * Decides about one volume. The finalizer holds a volume whose storage has to be deleted, so that it outlives a `kubectl
 * delete pv` that comes before its claim's; a volume whose storage is kept must not be held.
 */
export function planVolume({ volume, ours, progress }: VolumeFacts): VolumePlan {
  if (!ours) return { kind: 'nothing', why: "the volume is another provisioner's" }
  if (progress === 'finished') return { kind: 'nothing', why: 'the volume has been deleted' }
  if (progress === 'storageDeleted') return { kind: 'deleteObject' }

  const policy = volume.spec.persistentVolumeReclaimPolicy
  const held = hasFinalizer(volume, finalizers.provisioner)
  if ((policy === 'Retain' || policy === 'Recycle') && held) return { kind: 'removeFinalizer' }
  if (policy !== 'Delete') return { kind: 'nothing', why: `the reclaim policy is ${policy ?? 'not set'}` }

  const phase = volume.status?.phase
  if (phase === 'Bound' && !held && !isTerminating(volume)) return { kind: 'addFinalizer' }
  if (isTerminating(volume) && !held) return { kind: 'nothing', why: 'the volume is going without its storage' }
  if (phase !== 'Released') return { kind: 'nothing', why: `the phase is ${phase ?? 'not set'}` }
  return { kind: 'delete' }
}

/**
 * Whether a volume is this provisioner's: by who made it, or who it was migrated to; a volume that does not say who made
 * it (a static one) by its storage.
 */
export function isServedBy(volume: VolumeView, provisioner: Pick<Provisioner, 'names' | 'owns'>): boolean {
  const migratedTo = annotationOf(volume, annotations.migratedTo)
  if (migratedTo !== undefined && provisioner.names.includes(migratedTo)) return true
  const provisionedBy = annotationOf(volume, annotations.provisionedBy)
  return provisionedBy === undefined ? provisioner.owns(volume) : provisioner.names.includes(provisionedBy)
}
