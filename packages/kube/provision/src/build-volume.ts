import { annotations, finalizers, type ObjectReference } from '@csi-ts/kube-api'
import type { ClaimView, NewVolume, ProvisionRequest } from './provisioner.ts'
import { classNameOf } from './storage-class.ts'

/**
 * Adds to a provisioner's volume what every provisioned volume has: its name, claim, class and origin; and the finalizer,
 * unless its storage is kept anyway. (Upstream adds that always, and takes it off again with another write.)
 */
export function buildVolume(volume: NewVolume, { claim, storageClass, volumeName }: ProvisionRequest): NewVolume {
  return {
    ...volume,
    metadata: {
      ...volume.metadata,
      name: volumeName,
      annotations: { ...volume.metadata.annotations, [annotations.provisionedBy]: storageClass.provisioner },
      ...(isKept(volume) ? {} : { finalizers: [...(volume.metadata.finalizers ?? []), finalizers.provisioner] }),
    },
    spec: { ...volume.spec, claimRef: toClaimRef(claim), storageClassName: classNameOf(claim) },
  }
}

function isKept({ spec }: NewVolume): boolean {
  return spec.persistentVolumeReclaimPolicy === 'Retain' || spec.persistentVolumeReclaimPolicy === 'Recycle'
}

/** The claim that a volume is made for: bound before the PV controller sees it, so that no other claim can take it. */
function toClaimRef(claim: ClaimView): ObjectReference {
  const { namespace, name, uid, resourceVersion } = claim.metadata
  return {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}
