import { annotationOf, annotations } from '@csi-ts/kube-api'
import type { ClassView, StoredVolume } from '@csi-ts/kube-provision'
import { resolveSecretRef, type SecretLocation } from '@csi-ts/kube-volumes'

/** Where the secret for DeleteVolume is, or why none can be found. */
export type DeletionSecretPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly location: SecretLocation }
  /** Deletion goes on without a secret; somebody should know why. */
  | { readonly kind: 'unknown'; readonly why: string }

/** The deletion secret that a volume names itself; undefined when it predates those annotations or is static. */
export function namedDeletionSecret(volume: StoredVolume): DeletionSecretPlan | undefined {
  const name = annotationOf(volume, annotations.deletionSecretName)
  const namespace = annotationOf(volume, annotations.deletionSecretNamespace)
  if (name === undefined || namespace === undefined) return undefined
  return name === '' || namespace === '' ? { kind: 'none' } : { kind: 'secret', location: { name, namespace } }
}

/** Name of the class of a volume: the beta annotation wins. */
export function volumeClassName(volume: StoredVolume): string {
  return annotationOf(volume, annotations.betaStorageClass) ?? volume.spec.storageClassName ?? ''
}

/**
 * The deletion secret by the volume's class, as it is now. Templates see the volume and the claim that it was for; the
 * claim's annotations are gone with it.
 *
 * @throws Error when a template of the class cannot be filled in
 */
export function deletionSecretByClass(volume: StoredVolume, storageClass: ClassView | undefined): DeletionSecretPlan {
  if (storageClass === undefined) {
    return { kind: 'unknown', why: `storage class ${JSON.stringify(volumeClassName(volume))} not found` }
  }
  const { claimRef } = volume.spec
  if (claimRef === undefined) return { kind: 'unknown', why: 'the volume names no claim' }
  const volumeName = volume.metadata.name ?? ''
  const claim = { name: claimRef.name ?? '', namespace: claimRef.namespace ?? '' }
  try {
    const location = resolveSecretRef('provisioner', storageClass.parameters ?? {}, { volumeName, claim })
    return location === undefined ? { kind: 'none' } : { kind: 'secret', location }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`failed to get secretreference for volume ${volumeName}: ${why}`, { cause: error })
  }
}
