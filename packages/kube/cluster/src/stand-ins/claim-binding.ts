import {
  annotations,
  type PersistentVolume,
  type PersistentVolumeClaim,
  quantityToBytes,
  type StorageClass,
} from '@csi-ts/kube-api'
import type { Cached } from '@csi-ts/kube-controller'

/** What the PersistentVolume controller would do next with an unbound claim. */
export type BindPlan =
  | { readonly kind: 'bind'; readonly volume: Cached<PersistentVolume> }
  /** Asks this external provisioner. */
  | { readonly kind: 'provision'; readonly provisioner: string }
  /** The class binds when a pod uses the claim, and none has been scheduled yet. */
  | { readonly kind: 'wait-for-consumer' }
  | { readonly kind: 'no-class' }
  | { readonly kind: 'class-missing'; readonly name: string }

/** Decides how an unbound claim gets its volume; the rules of kube-controller-manager's PersistentVolume controller. */
export function planBind(
  claim: Cached<PersistentVolumeClaim>,
  volumes: readonly Cached<PersistentVolume>[],
  storageClass: Cached<StorageClass> | undefined,
): BindPlan {
  const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !isPlaced(claim)
  const reserved = volumes.find((volume) => isReservedFor(volume, claim))
  if (reserved !== undefined) return { kind: 'bind', volume: reserved }
  if (waits) return { kind: 'wait-for-consumer' }
  const match = smallestMatch(claim, volumes)
  if (match !== undefined) return { kind: 'bind', volume: match }
  const className = claim.spec?.storageClassName ?? ''
  if (className === '') return { kind: 'no-class' }
  if (storageClass === undefined) return { kind: 'class-missing', name: className }
  return { kind: 'provision', provisioner: storageClass.provisioner }
}

/** True when the volume's claim reference names this very claim, or its name with no uid yet. */
export function isReservedFor(volume: Cached<PersistentVolume>, claim: Cached<PersistentVolumeClaim>): boolean {
  const ref = volume.spec?.claimRef
  if (ref?.name !== claim.metadata.name || ref.namespace !== claim.metadata.namespace) return false
  return ref.uid === undefined || ref.uid === '' || ref.uid === claim.metadata.uid
}

function isPlaced(claim: Cached<PersistentVolumeClaim>): boolean {
  return claim.metadata.annotations?.[annotations.selectedNode] !== undefined
}

function smallestMatch(
  claim: Cached<PersistentVolumeClaim>,
  volumes: readonly Cached<PersistentVolume>[],
): Cached<PersistentVolume> | undefined {
  const requested = quantityToBytes(claim.spec?.resources?.requests?.['storage'] ?? '0')
  const fitting = volumes.filter((volume) => isFreeAndFits(volume, claim, requested))
  return fitting.toSorted((a, b) => (capacityBytes(a) < capacityBytes(b) ? -1 : 1))[0]
}

function isFreeAndFits(
  volume: Cached<PersistentVolume>,
  claim: Cached<PersistentVolumeClaim>,
  requestedBytes: bigint,
): boolean {
  const offered = volume.spec?.accessModes ?? []
  return (
    volume.spec?.claimRef === undefined &&
    volume.metadata.deletionTimestamp === undefined &&
    (volume.spec?.storageClassName ?? '') === (claim.spec?.storageClassName ?? '') &&
    (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem') &&
    (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode)) &&
    capacityBytes(volume) >= requestedBytes
  )
}

function capacityBytes(volume: Cached<PersistentVolume>): bigint {
  return quantityToBytes(volume.spec?.capacity?.['storage'] ?? '0')
}
