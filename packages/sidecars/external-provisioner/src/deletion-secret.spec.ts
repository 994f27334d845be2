import type { ClassView, StoredVolume } from '@csi-ts/kube-provision'
import { describe, expect, it } from 'vitest'
import { deletionSecretByClass, namedDeletionSecret } from './deletion-secret.ts'

const nameKey = 'volume.kubernetes.io/provisioner-deletion-secret-name'
const namespaceKey = 'volume.kubernetes.io/provisioner-deletion-secret-namespace'

function volumeWith(annotations: Record<string, string>, spec: StoredVolume['spec'] = {}): StoredVolume {
  return { metadata: { name: 'pvc-1', annotations }, spec }
}

function classWith(name: string): ClassView {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'd',
    parameters: {
      'csi.storage.k8s.io/provisioner-secret-name': name,
      'csi.storage.k8s.io/provisioner-secret-namespace': 'one',
    },
  }
}

describe('namedDeletionSecret', () => {
  it.each([
    {
      annotations: { [nameKey]: 'a', [namespaceKey]: 'b' },
      expected: { kind: 'secret', location: { name: 'a', namespace: 'b' } },
    },
    { annotations: { [nameKey]: '', [namespaceKey]: '' }, expected: { kind: 'none' } },
    { annotations: { [nameKey]: 'a', [namespaceKey]: '' }, expected: { kind: 'none' } },
    { annotations: { [nameKey]: 'a' }, expected: undefined },
    { annotations: {}, expected: undefined },
  ])('$annotations', ({ annotations, expected }) => {
    expect(namedDeletionSecret(volumeWith(annotations))).toEqual(expected)
  })
})

describe('deletionSecretByClass', () => {
  const claimed = volumeWith({}, { storageClassName: 'fast', claimRef: { name: 'data', namespace: 'shop' } })

  it('fills in the templates from volume and claim', () => {
    expect(deletionSecretByClass(claimed, classWith('${pvc.name}-${pv.name}'))).toEqual({
      kind: 'secret',
      location: { name: 'data-pvc-1', namespace: 'one' },
    })
  })

  it('finds none in a class without secrets', () => {
    expect(deletionSecretByClass(claimed, { ...classWith('x'), parameters: {} })).toEqual({ kind: 'none' })
  })

  it.each([
    { why: 'the class is gone', volume: claimed, storageClass: undefined, reason: 'storage class "fast" not found' },
    {
      why: 'there is no claim reference (must get right 28)',
      volume: volumeWith({}),
      storageClass: classWith('x'),
      reason: 'the volume names no claim',
    },
  ])('goes on without a secret, and says why, when $why', ({ volume, storageClass, reason }) => {
    expect(deletionSecretByClass(volume, storageClass)).toEqual({ kind: 'unknown', why: reason })
  })

  it("cannot use the claim's annotations, which are gone with it", () => {
    expect(() => deletionSecretByClass(claimed, classWith("${pvc.annotations['team']}"))).toThrow(
      /^failed to get secretreference for volume pvc-1: .*invalid tokens/,
    )
  })
})
