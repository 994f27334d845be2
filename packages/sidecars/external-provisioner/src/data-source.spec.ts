import type { ClaimView } from '@csi-ts/kube-provision'
import { describe, expect, it } from 'vitest'
import { planDataSource } from './data-source.ts'

function claimWith(spec: ClaimView['spec']): ClaimView {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop' }, spec }
}

const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' }
const off = { crossNamespace: false }

describe('planDataSource', () => {
  it.each<{ why: string; spec: ClaimView['spec']; expected: unknown }>([
    { why: 'none', spec: {}, expected: { kind: 'none' } },
    { why: 'a snapshot', spec: { dataSource: snapshot }, expected: { kind: 'snapshot', name: 's', namespace: 'shop' } },
    {
      why: 'a claim, of whatever group',
      spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } },
      expected: { kind: 'claim', name: 'c', namespace: 'shop' },
    },
    {
      why: 'a reference when there is no source',
      spec: { dataSourceRef: snapshot },
      expected: { kind: 'snapshot', name: 's', namespace: 'shop' },
    },
    {
      why: 'the source before the reference',
      spec: {
        dataSource: { kind: 'PersistentVolumeClaim', name: 'c' },
        dataSourceRef: { ...snapshot, namespace: 'far' },
      },
      expected: { kind: 'claim', name: 'c', namespace: 'shop' },
    },
    {
      why: 'a kind that only a populator can know',
      spec: { dataSourceRef: { apiGroup: 'example.com', kind: 'Backup', name: 'b' } },
      expected: { kind: 'populator', sourceKind: 'Backup' },
    },
  ])('finds $why', ({ spec, expected }) => {
    expect(planDataSource(claimWith(spec), off)).toEqual(expected)
  })

  it('follows a namespace only with the feature for it', () => {
    const claim = claimWith({ dataSourceRef: { ...snapshot, namespace: 'far' } })
    expect(planDataSource(claim, { crossNamespace: true })).toEqual({ kind: 'snapshot', name: 's', namespace: 'far' })
    expect(() => planDataSource(claim, off)).toThrow(
      'dataSourceRef namespace specified but the CrossNamespaceVolumeDataSource feature is disabled',
    )
  })

  it.each<{ why: string; spec: ClaimView['spec']; message: string }>([
    { why: 'without a name', spec: { dataSource: { ...snapshot, name: '' } }, message: 'must have a name' },
    {
      why: 'that is a snapshot of another group',
      spec: { dataSource: { ...snapshot, apiGroup: 'example.com' } },
      message: 'is of API group "example.com": must be "snapshot.storage.k8s.io"',
    },
  ])('refuses a source $why', ({ spec, message }) => {
    expect(() => planDataSource(claimWith(spec), off)).toThrow(message)
  })
})
