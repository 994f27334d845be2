import { describe, expect, it } from 'vitest'
import { buildVolume } from './build-volume.ts'
import type { ProvisionRequest } from './provisioner.ts'

const request: ProvisionRequest = {
  volumeName: 'pvc-u1',
  claim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
    spec: { storageClassName: 'fast' },
  },
  storageClass: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'hostpath.csi.k8s.io',
  },
}

describe('buildVolume', () => {
  it("adds what every provisioned volume has, and keeps the provisioner's part", () => {
    const volume = buildVolume(
      { metadata: { name: 'ignored', annotations: { own: 'kept' } }, spec: { capacity: { storage: '1Gi' } } },
      request,
    )
    expect(volume).toEqual({
      metadata: {
        name: 'pvc-u1',
        annotations: { own: 'kept', 'pv.kubernetes.io/provisioned-by': 'hostpath.csi.k8s.io' },
        finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'],
      },
      spec: {
        capacity: { storage: '1Gi' },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'shop',
          name: 'data',
          uid: 'u1',
          resourceVersion: '7',
        },
        storageClassName: 'fast',
      },
    })
  })

  it.each(['Retain', 'Recycle'])('does not hold a volume of policy %s, whose storage is kept', (policy) => {
    const volume = buildVolume({ metadata: { name: 'v' }, spec: { persistentVolumeReclaimPolicy: policy } }, request)
    expect(volume.metadata).not.toHaveProperty('finalizers')
  })

  it('takes the class of the claim, by its beta annotation too', () => {
    const annotations = { 'volume.beta.kubernetes.io/storage-class': 'old' }
    const claim = { ...request.claim, metadata: { ...request.claim.metadata, annotations } }
    expect(buildVolume({ metadata: { name: 'v' }, spec: {} }, { ...request, claim }).spec.storageClassName).toBe('old')
  })
})
