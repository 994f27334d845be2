import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@csi-ts/kube-api'
import type { NewObject } from '@csi-ts/kube-client'
import type { DeepReadonly } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'

/** A claim as decisions see it: from a cache or from the API server. */
export type ClaimView = DeepReadonly<PersistentVolumeClaim>

/** A volume as decisions see it. */
export type VolumeView = DeepReadonly<PersistentVolume>

/** A class as decisions see it. */
export type ClassView = DeepReadonly<StorageClass>

/** A volume that has not been written yet. */
export type NewVolume = NewObject<PersistentVolume>

/** A volume that was written, or will be: what its storage is deleted by. */
export type StoredVolume = DeepReadonly<NewVolume>

/** Everything that a volume is made from; a repeated attempt gets the same. */
export interface ProvisionRequest {
  readonly claim: ClaimView
  readonly storageClass: ClassView
  /** Name of the PersistentVolume, and of the volume in the storage. */
  readonly volumeName: string
  /** The node that the scheduler chose, for a class that waits for one or a claim that names one anyway. */
  readonly selectedNode?: string | undefined
}

/**
 * What is known about the storage after a failed attempt; it decides whether the claim may be forgotten.
 * - `finished`: nothing exists and nothing is being made. Tried again while the claim exists.
 * - `background`: something may exist or be in the making. Repeated, with the same request, until that is known, also
 *   after the claim was deleted: only a repeated call tells what there is.
 * - `noChange`: the storage was not asked this time; what was known before still holds.
 * - `reschedule`: `finished`, and the chosen node cannot have the volume: the scheduler shall choose again.
 */
export type ProvisionState = 'finished' | 'background' | 'noChange' | 'reschedule'

/** How one attempt to make a volume ended. */
export type ProvisionOutcome =
  /** The storage exists; `volume` describes it, without what every provisioned volume has (see `buildVolume`). */
  | { readonly kind: 'provisioned'; readonly volume: NewVolume }
  | {
      readonly kind: 'failed'
      readonly state: ProvisionState
      /** Its message is what the user reads in the event. */
      readonly error: Error
      /** The request can never succeed as it is: the next attempt waits long. Only with `finished`. */
      readonly infeasible?: boolean | undefined
    }
  /** Somebody else makes this volume: nothing to do, and no failure to report. */
  | { readonly kind: 'ignored'; readonly reason: string }

/** How an attempt to delete a volume's storage ended; a failure is thrown. */
export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  /** Another instance has to do it. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** Not yet: something uses it. A normal state, tried again later. */
  | { readonly kind: 'inUse'; readonly reason: string }

/** Makes and deletes storage for volumes: the port that this package drives. Its calls may run at once for different volumes. */
export interface Provisioner {
  /** Names under which claims, classes and volumes refer to it; the first is its own. */
  readonly names: readonly string[]
  /** The name of the volume for a claim: the same for the same claim, always. */
  volumeName(claim: ClaimView): string
  /** Makes the storage. Repeating a request must find what an earlier one made. Throwing counts as `background`. */
  provision(request: ProvisionRequest, ctx: WorkContext): Promise<ProvisionOutcome>
  /** Whether the storage of a volume that says not who made it (a static one) is this provisioner's. */
  owns(volume: VolumeView): boolean
  /** What identifies the volume in the storage, e.g. the CSI volume handle. */
  storageId(volume: StoredVolume): string | undefined
  /** Deletes the storage; storage that is gone already counts as deleted. */
  deleteStorage(volume: StoredVolume, ctx: WorkContext): Promise<DeleteOutcome>
}
