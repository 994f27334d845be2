import { describe, expect, it } from 'vitest'
import { type ProvisionFacts, planProvision } from './plan-provision.ts'
import type { ClaimView, ClassView, ProvisionRequest, VolumeView } from './provisioner.ts'

const driver = 'hostpath.csi.k8s.io'
const current = 'volume.kubernetes.io/storage-provisioner'
const beta = 'volume.beta.kubernetes.io/storage-provisioner'
const selectedNode = 'volume.kubernetes.io/selected-node'

const claim: ClaimView = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'u1', annotations: { [current]: driver } },
  spec: { storageClassName: 'fast' },
}
const immediate: ClassView = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast', uid: 'c1' },
  provisioner: driver,
  volumeBindingMode: 'Immediate',
}
const delayed: ClassView = { ...immediate, volumeBindingMode: 'WaitForFirstConsumer' }
const volume: VolumeView = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pvc-u1' },
  spec: { claimRef: { namespace: 'shop', name: 'data', uid: 'u1' } },
}
const attempt: ProvisionRequest = { claim, storageClass: immediate, volumeName: 'pvc-u1', selectedNode: 'node-1' }
const facts: ProvisionFacts = {
  claim,
  storageClass: immediate,
  volumeName: 'pvc-u1',
  volume: undefined,
  attempt: undefined,
  wasDeleted: false,
  names: [driver],
}

function annotated(annotations: Record<string, string>): ClaimView {
  return { ...claim, metadata: { ...claim.metadata, annotations } }
}

describe('planProvision', () => {
  it.each<{ why: string; change: Partial<ProvisionFacts> }>([
    { why: 'a claim of this provisioner', change: {} },
    { why: 'the older annotation alone', change: { claim: annotated({ [beta]: driver }) } },
    { why: 'the newer annotation before the older', change: { claim: annotated({ [current]: driver, [beta]: 'x' }) } },
    {
      why: 'a class that says no binding mode',
      change: { storageClass: { ...immediate, volumeBindingMode: 'Immediate' } },
    },
    {
      why: 'late binding with a node',
      change: { storageClass: delayed, claim: annotated({ [current]: driver, [selectedNode]: 'node-1' }) },
    },
    {
      why: 'a claim that is being deleted: its pod may still wait for it',
      change: { claim: { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2024-01-02T03:04:05Z' } } },
    },
  ])('provisions for $why', ({ change }) => {
    expect(planProvision({ ...facts, ...change })).toMatchObject({
      kind: 'provision',
      request: { volumeName: 'pvc-u1', claim: { metadata: { uid: 'u1' } } },
    })
  })

  it('hands on the node also for immediate binding', () => {
    const withNode = annotated({ [current]: driver, [selectedNode]: 'node-1' })
    expect(planProvision({ ...facts, claim: withNode })).toMatchObject({ request: { selectedNode: 'node-1' } })
    const alpha = annotated({ [current]: driver, 'volume.alpha.kubernetes.io/selected-node': 'node-2' })
    expect(planProvision({ ...facts, claim: alpha })).toMatchObject({ request: { selectedNode: 'node-2' } })
  })

  it.each<{ why: string; change: Partial<ProvisionFacts>; reason: string }>([
    { why: 'a claim that is gone', change: { claim: undefined }, reason: 'the claim is gone' },
    { why: 'a claim whose volume exists', change: { volume }, reason: 'the volume exists' },
    {
      why: 'a bound claim',
      change: { claim: { ...claim, spec: { ...claim.spec, volumeName: 'other' } } },
      reason: 'the claim has a volume',
    },
    { why: 'no provisioner', change: { claim: annotated({}) }, reason: 'the claim is for another provisioner' },
    {
      why: 'another provisioner',
      change: { claim: annotated({ [current]: 'kubernetes.io/aws-ebs' }) },
      reason: 'the claim is for another provisioner',
    },
    {
      why: 'a newer annotation that is empty, whatever the older says',
      change: { claim: annotated({ [current]: '', [beta]: driver }) },
      reason: 'the claim is for another provisioner',
    },
    { why: 'late binding without a node', change: { storageClass: delayed }, reason: 'no node has been selected' },
    {
      why: 'late binding with an empty node',
      change: { storageClass: delayed, claim: annotated({ [current]: driver, [selectedNode]: '' }) },
      reason: 'no node has been selected',
    },
    {
      why: 'a class of another provisioner',
      change: { storageClass: { ...immediate, provisioner: 'other' } },
      reason: 'the class is for another provisioner',
    },
    {
      why: 'a claim of which the cache does not know yet that its volume was deleted',
      change: { wasDeleted: true },
      reason: 'the volume of this claim has been deleted',
    },
  ])('does nothing for $why', ({ change, reason }) => {
    expect(planProvision({ ...facts, ...change })).toEqual({ kind: 'nothing', why: reason })
  })

  it('waits for a class that does not exist, by the name that the beta annotation gives', () => {
    expect(planProvision({ ...facts, storageClass: undefined })).toEqual({
      kind: 'wait',
      why: 'claim shop/data: storageclass "fast" not found',
    })
    const byAnnotation = annotated({ [current]: driver, 'volume.beta.kubernetes.io/storage-class': 'old' })
    expect(planProvision({ ...facts, claim: byAnnotation, storageClass: undefined })).toMatchObject({
      why: 'claim shop/data: storageclass "old" not found',
    })
  })

  it.each<{ why: string; claimRef: VolumeView['spec']['claimRef']; holder: string }>([
    { why: 'another claim', claimRef: { namespace: 'shop', name: 'old', uid: 'u0' }, holder: 'claim shop/old' },
    {
      why: 'a claim of that name that was deleted',
      claimRef: { namespace: 'shop', name: 'data', uid: 'u0' },
      holder: 'claim shop/data',
    },
    { why: 'nobody', claimRef: undefined, holder: 'no claim' },
  ])('reports a volume name that belongs to $why', ({ claimRef, holder }) => {
    const foreign: VolumeView = { ...volume, spec: claimRef === undefined ? {} : { claimRef } }
    expect(planProvision({ ...facts, volume: foreign })).toEqual({
      kind: 'conflict',
      why: `volume pvc-u1 already exists and belongs to ${holder}`,
    })
  })

  describe('with an attempt whose outcome is not known', () => {
    it.each<{ why: string; change: Partial<ProvisionFacts> }>([
      { why: 'the claim was deleted', change: { claim: undefined, storageClass: undefined } },
      { why: 'its annotation was removed', change: { claim: annotated({}) } },
      { why: 'it was bound to another volume', change: { claim: { ...claim, spec: { volumeName: 'other' } } } },
      { why: 'its class was deleted', change: { storageClass: undefined } },
      { why: 'the node was taken back', change: { storageClass: delayed } },
    ])('repeats it as it was although $why', ({ change }) => {
      expect(planProvision({ ...facts, attempt, ...change })).toEqual({ kind: 'provision', request: attempt })
    })

    it('keeps class and node, and takes the claim as it is now', () => {
      const mended = annotated({ [current]: driver, [selectedNode]: 'node-2', secret: 'right' })
      const replaced: ClassView = { ...immediate, metadata: { name: 'fast', uid: 'c2' }, parameters: { type: 'new' } }
      expect(planProvision({ ...facts, attempt, claim: mended, storageClass: replaced })).toEqual({
        kind: 'provision',
        request: { claim: mended, storageClass: immediate, volumeName: 'pvc-u1', selectedNode: 'node-1' },
      })
    })

    it('is settled by the volume', () => {
      expect(planProvision({ ...facts, attempt, volume })).toMatchObject({ kind: 'nothing' })
      expect(planProvision({ ...facts, attempt, volume, claim: undefined })).toMatchObject({ kind: 'nothing' })
    })

    it('waits for a volume that is on its way out', () => {
      const leaving: VolumeView = { ...volume, metadata: { name: 'pvc-u1', deletionTimestamp: '2024-01-02T03:04:05Z' } }
      expect(planProvision({ ...facts, attempt, volume: leaving })).toEqual({
        kind: 'wait',
        why: 'volume pvc-u1 is being deleted',
      })
    })
  })
})
