import type { ObjectReference, OwnerReference } from './generated/kube-types.ts'

/** What is read of an object that is referred to; cached ones fit. */
export interface Referable {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly uid?: string | undefined
    readonly resourceVersion?: string | undefined
  }
}

/**
 * The reference that makes an object die with its owner. `controller` (default false) marks the one owner that manages
 * the object; `blockOwnerDeletion` (default: absent) makes foreground deletion of the owner wait. Throws for an owner
 * that the server has not stored yet: without a uid the garbage collector would remove the object.
 */
export function ownerReference(
  owner: Referable,
  options: { readonly controller?: boolean; readonly blockOwnerDeletion?: boolean } = {},
): OwnerReference {
  const { name, uid } = owner.metadata
  if (!uid) throw new Error(`${owner.kind} ${name} has no uid: it cannot own anything before it is stored`)
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, ...options }
}

/** The owner that manages the object, if one does. */
export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly Readonly<OwnerReference>[] | undefined }
}): Readonly<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)
}

/** A full reference, as events and `claimRef` hold it. */
export function objectReference(object: Referable): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace ? { namespace } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  }
}
