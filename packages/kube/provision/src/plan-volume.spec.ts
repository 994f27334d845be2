import { describe, expect, it } from 'vitest'
import { isServedBy, planVolume } from './plan-volume.ts'
import type { VolumeView } from './provisioner.ts'

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer'

interface Row {
  readonly policy?: string
  readonly phase?: string
  readonly held?: boolean
  readonly terminating?: boolean
}

function volumeOf({ policy = 'Delete', phase = 'Released', held = true, terminating = false }: Row): VolumeView {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: 'pvc-1',
      uid: 'v1',
      finalizers: ['kubernetes.io/pv-protection', ...(held ? [finalizer] : [])],
      ...(terminating ? { deletionTimestamp: '2024-01-02T03:04:05Z' } : {}),
    },
    spec: policy === '' ? {} : { persistentVolumeReclaimPolicy: policy },
    status: { phase },
  }
}

describe('planVolume', () => {
  it.each<Row & { why: string; expected: string }>([
    { why: 'released', expected: 'delete' },
    { why: 'released without the finalizer', held: false, expected: 'delete' },
    { why: 'deleted by hand before its claim, now released', terminating: true, expected: 'delete' },
    { why: 'deleted by hand, still bound', terminating: true, phase: 'Bound', expected: 'nothing' },
    { why: 'leaving, and not held by us', terminating: true, held: false, expected: 'nothing' },
    { why: 'bound and held', phase: 'Bound', expected: 'nothing' },
    {
      why: 'bound and not held: of an older version, or static',
      phase: 'Bound',
      held: false,
      expected: 'addFinalizer',
    },
    { why: 'bound, leaving, not held: too late', phase: 'Bound', held: false, terminating: true, expected: 'nothing' },
    { why: 'available and not held', phase: 'Available', held: false, expected: 'nothing' },
    { why: 'failed', phase: 'Failed', expected: 'nothing' },
    { why: 'kept and held', policy: 'Retain', expected: 'removeFinalizer' },
    { why: 'kept, held, leaving', policy: 'Retain', terminating: true, expected: 'removeFinalizer' },
    { why: 'kept', policy: 'Retain', held: false, expected: 'nothing' },
    { why: 'recycled and held', policy: 'Recycle', phase: 'Bound', expected: 'removeFinalizer' },
    { why: 'of no policy', policy: '', expected: 'nothing' },
  ])('$why: $expected', ({ expected, ...row }) => {
    expect(planVolume({ volume: volumeOf(row), ours: true, progress: 'none' }).kind).toBe(expected)
  })

  it('leaves the volumes of others alone', () => {
    expect(planVolume({ volume: volumeOf({}), ours: false, progress: 'none' })).toMatchObject({ kind: 'nothing' })
  })

  it('deletes storage once: our own DELETE comes back as a change of a volume that is still held', () => {
    const volume = volumeOf({ terminating: true })
    expect(planVolume({ volume, ours: true, progress: 'storageDeleted' }).kind).toBe('deleteObject')
    expect(planVolume({ volume, ours: true, progress: 'finished' }).kind).toBe('nothing')
  })
})

describe('isServedBy', () => {
  const provisioner = {
    names: ['hostpath.csi.k8s.io'],
    owns: (volume: VolumeView) => volume.spec.csi?.driver === 'hostpath.csi.k8s.io',
  }
  const csi = (driver: string): VolumeView['spec'] => ({ csi: { driver, volumeHandle: 'h' } })

  it.each<{ why: string; annotations: Record<string, string>; spec: VolumeView['spec']; expected: boolean }>([
    {
      why: 'made by us',
      annotations: { 'pv.kubernetes.io/provisioned-by': 'hostpath.csi.k8s.io' },
      spec: {},
      expected: true,
    },
    {
      why: 'made by another, whatever its driver',
      annotations: { 'pv.kubernetes.io/provisioned-by': 'other' },
      spec: csi('hostpath.csi.k8s.io'),
      expected: false,
    },
    {
      why: 'made in-tree and migrated to us',
      annotations: {
        'pv.kubernetes.io/provisioned-by': 'in-tree',
        'pv.kubernetes.io/migrated-to': 'hostpath.csi.k8s.io',
      },
      spec: {},
      expected: true,
    },
    { why: 'static, of our driver', annotations: {}, spec: csi('hostpath.csi.k8s.io'), expected: true },
    { why: 'static, of another driver', annotations: {}, spec: csi('other'), expected: false },
    { why: 'static, no CSI volume', annotations: {}, spec: {}, expected: false },
  ])('$why: $expected', ({ annotations, spec, expected }) => {
    const volume: VolumeView = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'v', annotations },
      spec,
    }
    expect(isServedBy(volume, provisioner)).toBe(expected)
  })
})
