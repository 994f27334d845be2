import { KeyedLocks } from '@csi-ts/concurrency'
import { FakeClock } from '@csi-ts/concurrency/testing'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@csi-ts/kube-api'
import { done } from '@csi-ts/kube-controller'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { type ClaimReconciler, claimUidIndex, createClaimReconciler } from './claim-reconciler.ts'
import { InfeasibleClaims } from './infeasible-claims.ts'
import type { NewVolume, ProvisionState } from './provisioner.ts'
import { EventList } from './testing/event-list.ts'
import { FakeProvisioner } from './testing/fake-provisioner.ts'
import { ObjectList } from './testing/object-list.ts'

const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
const claimRef = { name: 'data', namespace: 'shop' }
const selectedNode = 'volume.kubernetes.io/selected-node'

const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    ...claimRef,
    uid: 'u1',
    annotations: { 'volume.kubernetes.io/storage-provisioner': 'fake.example.com' },
  },
  spec: { storageClassName: 'fast' },
}
const storageClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast', uid: 'c1' },
  provisioner: 'fake.example.com',
}

interface Setup {
  readonly reconciler: ClaimReconciler
  readonly claims: ObjectList<PersistentVolumeClaim>
  readonly classes: ObjectList<StorageClass>
  readonly volumes: ObjectList<PersistentVolume>
  readonly provisioner: FakeProvisioner
  readonly events: EventList
  readonly clock: FakeClock
  readonly saved: NewVolume[]
  /** Claims that were given back to the scheduler. */
  readonly released: string[]
  readonly counted: string[]
  readonly unseen: { ms: number }
}

function setup(): Setup {
  const claims = new ObjectList<PersistentVolumeClaim>({ [claimUidIndex]: ({ metadata: { uid = '' } }) => [uid] })
  const classes = new ObjectList<StorageClass>()
  const volumes = new ObjectList<PersistentVolume>()
  const provisioner = new FakeProvisioner()
  const events = new EventList()
  const clock = new FakeClock()
  const saved: NewVolume[] = []
  const released: string[] = []
  const counted: string[] = []
  const unseen = { ms: 0 }
  const reconciler = createClaimReconciler({
    claims,
    classes,
    volumes,
    provisioner,
    events,
    clock,
    saver: {
      holds: () => false,
      async save(volume) {
        saved.push(volume)
      },
    },
    metrics: { provisioned: (_claim, result) => counted.push(result) },
    infeasible: new InfeasibleClaims({ clock, delayMs: 300_000 }),
    locks: new KeyedLocks(),
    unseenMs: () => unseen.ms,
    wasDeleted: () => false,
    async releaseNode({ metadata }) {
      released.push(metadata.name)
    },
  })
  claims.set(claim)
  classes.set(storageClass)
  return { reconciler, claims, classes, volumes, provisioner, events, clock, saved, released, counted, unseen }
}

function failure(state: ProvisionState, infeasible = false): Parameters<FakeProvisioner['answer']>[0] {
  return { kind: 'failed', state, error: new Error('no'), infeasible }
}

describe('createClaimReconciler', () => {
  it('provisions, and hands the whole volume to the saver', async () => {
    const { reconciler, saved, counted, events } = setup()
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(saved).toMatchObject([
      { metadata: { name: 'pvc-u1' }, spec: { claimRef: { uid: 'u1' }, storageClassName: 'fast' } },
    ])
    expect(counted).toEqual(['succeeded'])
    expect(events.messages('Provisioning')).toEqual([
      'External provisioner is provisioning volume for claim "shop/data"',
    ])
  })

  it.each<{ state: ProvisionState; remembered: boolean }>([
    { state: 'finished', remembered: false },
    { state: 'noChange', remembered: false },
    { state: 'background', remembered: true },
  ])('after $state tries again while the claim exists, and afterwards: $remembered', async ({ state, remembered }) => {
    const { reconciler, claims, provisioner, events } = setup()
    provisioner.answer(failure(state))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    expect(events.messages('ProvisioningFailed')).toEqual(['no'])
    claims.delete(claimRef)
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(provisioner.requests).toHaveLength(remembered ? 2 : 1)
  })

  it('takes a provisioner that throws for one that may have made something', async () => {
    const { reconciler, claims, provisioner, saved } = setup()
    provisioner.fail(new Error('a bug'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('a bug')
    claims.delete(claimRef)
    await reconciler.reconcile('u1', ctx)
    expect(saved).toHaveLength(1)
  })

  it('does not forget an open attempt because a later one did not reach the storage', async () => {
    const { reconciler, claims, provisioner, saved } = setup()
    provisioner.answer(failure('background'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    provisioner.answer(failure('noChange'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    claims.delete(claimRef)
    await reconciler.reconcile('u1', ctx)
    expect(saved).toHaveLength(1)
  })

  it('repeats an open attempt with the same class and node after both are gone (must get right 37)', async () => {
    const { reconciler, claims, classes, provisioner } = setup()
    const annotations = { ...claim.metadata.annotations, [selectedNode]: 'node-1' }
    claims.set({ ...claim, metadata: { ...claim.metadata, annotations } })
    provisioner.answer(failure('background'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    classes.delete({ name: 'fast' })
    claims.set(claim)
    await reconciler.reconcile('u1', ctx)
    expect(provisioner.requests[1]).toEqual(provisioner.requests[0])
  })

  it('stops when an open attempt turns out to have made nothing, and the claim is gone (must get right 21)', async () => {
    const { reconciler, claims, provisioner } = setup()
    provisioner.answer(failure('background'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    claims.delete(claimRef)
    provisioner.answer(failure('finished'))
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(provisioner.requests).toHaveLength(2)
  })

  it('gives a claim back to the scheduler once, and forgets it (must get right 30)', async () => {
    const { reconciler, claims, provisioner, released } = setup()
    const annotations = { ...claim.metadata.annotations, [selectedNode]: 'node-1' }
    claims.set({ ...claim, metadata: { ...claim.metadata, annotations } })
    provisioner.answer(failure('reschedule'))
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(released).toEqual(['data'])
    claims.delete(claimRef)
    await reconciler.reconcile('u1', ctx)
    expect(provisioner.requests).toHaveLength(1)
  })

  it('leaves a claim whose node it has given back alone until the cache has seen that', async () => {
    const { reconciler, claims, provisioner } = setup()
    const annotations = { ...claim.metadata.annotations, [selectedNode]: 'node-1' }
    claims.set({ ...claim, metadata: { ...claim.metadata, annotations, resourceVersion: '8' } })
    provisioner.answer(failure('reschedule'))
    await reconciler.reconcile('u1', ctx)
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done) // woken by something else, the cache is as before
    expect(provisioner.requests).toHaveLength(1)
    const chosenAnew = { ...annotations, [selectedNode]: 'node-2' }
    claims.set({ ...claim, metadata: { ...claim.metadata, annotations: chosenAnew, resourceVersion: '10' } })
    await reconciler.reconcile('u1', ctx)
    expect(provisioner.requests).toHaveLength(2)
  })

  it('tries again by itself when there is no node to give back', async () => {
    const { reconciler, provisioner, released } = setup()
    provisioner.answer(failure('reschedule'))
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('no')
    expect(released).toEqual([])
  })

  it('waits long after an infeasible request, whoever wakes it, but not for another class', async () => {
    const { reconciler, classes, provisioner, clock, events } = setup()
    provisioner.answer(failure('finished', true))
    expect(await reconciler.reconcile('u1', ctx)).toEqual({ kind: 'requeue', afterMs: 300_000 })
    expect(events.messages('ProvisioningFailed')).toEqual([
      'Volume provisioning failed with infeasible error. Retries will be delayed. no',
    ])
    await clock.advance(100_000)
    expect(await reconciler.reconcile('u1', ctx)).toEqual({ kind: 'requeue', afterMs: 200_000 })
    expect(provisioner.requests).toHaveLength(1)
    expect(events.events).toHaveLength(2)

    classes.set({ ...storageClass, metadata: { name: 'fast', uid: 'c2' } })
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    expect(provisioner.requests).toHaveLength(2)
  })

  it('does not report what its own shutdown has cut off', async () => {
    const { reconciler, provisioner, events } = setup()
    const stop = new AbortController()
    provisioner.onRequest = () => stop.abort(new Error('stopped'))
    provisioner.answer(failure('background'))
    await expect(reconciler.reconcile('u1', { ...ctx, signal: stop.signal })).rejects.toThrow('no')
    expect(provisioner.requests).toHaveLength(1)
    expect(events.messages('ProvisioningFailed')).toEqual([])
  })

  it('counts ignored claims and missing classes as failures, as upstream does', async () => {
    const { reconciler, classes, provisioner, counted } = setup()
    provisioner.answer({ kind: 'ignored', reason: 'a populator does it' })
    expect(await reconciler.reconcile('u1', ctx)).toEqual(done)
    classes.delete({ name: 'fast' })
    await expect(reconciler.reconcile('u1', ctx)).rejects.toThrow('storageclass "fast" not found')
    expect(counted).toEqual(['failed', 'failed'])
  })

  it('does not make a volume again that it has written and that caches do not show yet', async () => {
    const { reconciler, provisioner, unseen } = setup()
    unseen.ms = 500
    expect(await reconciler.reconcile('u1', ctx)).toEqual({ kind: 'requeue', afterMs: 500 })
    expect(provisioner.requests).toEqual([])
  })
})
