import { annotationOf, annotations } from '@csi-ts/kube-api'
import type { ClaimView, ClassView } from './provisioner.ts'

/** The class of a claim: the beta annotation wins over the field, as in the PV controller. Empty: none. */
export function classNameOf(claim: ClaimView): string {
  return annotationOf(claim, annotations.betaStorageClass) ?? claim.spec.storageClassName ?? ''
}

/** Whether volumes of the class are made only when a pod that uses the claim has a node. */
export function isDelayedBinding(storageClass: ClassView): boolean {
  return storageClass.volumeBindingMode === 'WaitForFirstConsumer'
}

/** The provisioner that the PV controller assigned to a claim. */
export function provisionerOf(claim: ClaimView): string | undefined {
  return annotationOf(claim, annotations.storageProvisioner) ?? annotationOf(claim, annotations.betaStorageProvisioner)
}
