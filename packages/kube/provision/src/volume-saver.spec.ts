import { createKubeClient } from '@csi-ts/kube-client'
import { FakeTransport, statusAnswer } from '@csi-ts/kube-client/testing'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import type { NewVolume, ProvisionRequest } from './provisioner.ts'
import { EventList } from './testing/event-list.ts'
import { FakeProvisioner } from './testing/fake-provisioner.ts'
import { createVolumeSaver, type VolumeSaver } from './volume-saver.ts'

const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
const path = '/api/v1/persistentvolumes'
const request: ProvisionRequest = {
  volumeName: 'pvc-u1',
  claim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop', uid: 'u1' },
    spec: {},
  },
  storageClass: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'fake.example.com',
  },
}
const volume: NewVolume = {
  metadata: { name: 'pvc-u1' },
  spec: { csi: { driver: 'fake.example.com', volumeHandle: 'pvc-u1' }, claimRef: { uid: 'u1' } },
}
const written = { apiVersion: 'v1', kind: 'PersistentVolume', ...volume }

interface Setup {
  readonly saver: VolumeSaver
  readonly transport: FakeTransport
  readonly provisioner: FakeProvisioner
  readonly events: EventList
  /** What the saver told its owner. */
  readonly told: string[]
}

function setup(options: { readonly claimExists?: boolean } = {}): Setup {
  const transport = new FakeTransport()
  const provisioner = new FakeProvisioner()
  provisioner.storage.add('pvc-u1')
  const events = new EventList()
  const told: string[] = []
  const client = createKubeClient({ config: { server: 'https://localhost' }, userAgent: 'test', transport })
  const saver = createVolumeSaver({
    client,
    provisioner,
    events,
    retry: (name) => told.push(`retry ${name}`),
    claimExists: () => options.claimExists ?? true,
    saved: ({ volumeName }) => told.push(`saved ${volumeName}`),
    givenUp: (_request, state) => told.push(`given up: ${state}`),
  })
  return { saver, transport, provisioner, events, told }
}

describe('createVolumeSaver', () => {
  it('writes the volume and tells the user', async () => {
    const { saver, transport, events, told } = setup()
    transport.on('POST', path, () => ({ status: 201, json: written }))
    await saver.save(volume, request, ctx)
    expect(saver.holds('pvc-u1')).toBe(false)
    expect(told).toEqual(['saved pvc-u1'])
    expect(events.events).toEqual([
      {
        type: 'Normal',
        object: 'data',
        reason: 'ProvisioningSucceeded',
        message: 'Successfully provisioned volume pvc-u1',
      },
    ])
  })

  it('says nothing to a claim that is gone', async () => {
    const { saver, transport, events } = setup({ claimExists: false })
    transport.on('POST', path, () => ({ status: 201, json: written }))
    await saver.save(volume, request, ctx)
    expect(events.events).toEqual([])
  })

  it('keeps the volume while the API server fails, and asks to be called again', async () => {
    const { saver, transport, told, provisioner } = setup()
    transport.on('POST', path, () => statusAnswer(500, 'InternalError', 'etcd is away'))
    await saver.save(volume, request, ctx)
    expect(saver.holds('pvc-u1')).toBe(true)
    expect(told).toEqual(['retry pvc-u1'])
    await expect(saver.reconcile('pvc-u1', ctx)).rejects.toThrow('etcd is away')
    expect(provisioner.storage).toEqual(new Set(['pvc-u1']))
  })

  it('deletes the storage when the API server refuses the volume for good', async () => {
    const { saver, transport, told, provisioner, events } = setup()
    transport.on('POST', path, () => statusAnswer(403, 'Forbidden', 'a policy forbids it'))
    transport.on('GET', `${path}/pvc-u1`, () => statusAnswer(404, 'NotFound', 'not found'))
    await saver.save(volume, request, ctx)
    for (let refusals = 2; refusals < 5; refusals++) {
      expect(await saver.reconcile('pvc-u1', ctx)).toEqual({ kind: 'requeue', afterMs: 10_000 })
      expect(provisioner.storage.size).toBe(1)
    }
    await saver.reconcile('pvc-u1', ctx)
    expect(provisioner.storage.size).toBe(0)
    expect(saver.holds('pvc-u1')).toBe(false)
    expect(told).toEqual(['retry pvc-u1', 'given up: finished'])
    expect(events.messages('ProvisioningFailed')).toContain('error saving volume pvc-u1: a policy forbids it')
  })

  it('does not delete storage whose volume an earlier try has written after all', async () => {
    const { saver, transport, told, provisioner } = setup()
    transport.on('POST', path, () => statusAnswer(422, 'Invalid', 'no'))
    transport.on('GET', `${path}/pvc-u1`, () => ({ json: written }))
    await saver.save(volume, request, ctx)
    expect(told).toEqual(['saved pvc-u1'])
    expect(provisioner.storage.size).toBe(1)
  })

  it('neither deletes nor forgets when it cannot find out', async () => {
    const { saver, transport, provisioner } = setup()
    transport.on('POST', path, () => statusAnswer(403, 'Forbidden', 'no'))
    transport.on('GET', `${path}/pvc-u1`, () => statusAnswer(500, 'InternalError', 'etcd is away'))
    await saver.save(volume, request, ctx)
    for (let tries = 0; tries < 10; tries++) await expect(saver.reconcile('pvc-u1', ctx)).rejects.toThrow('etcd')
    expect(provisioner.storage.size).toBe(1)
    expect(saver.holds('pvc-u1')).toBe(true)
  })

  it('once it has begun to delete storage, never writes a volume for it', async () => {
    const { saver, transport, told, provisioner, events } = setup()
    transport.on('POST', path, () => statusAnswer(403, 'Forbidden', 'no'), { times: 5 })
    transport.on('POST', path, () => ({ status: 201, json: written }))
    transport.on('GET', `${path}/pvc-u1`, () => statusAnswer(404, 'NotFound', 'not found'))
    provisioner.failDeletion(new Error('timed out'))
    await saver.save(volume, request, ctx)
    for (let refusals = 2; refusals < 5; refusals++) await saver.reconcile('pvc-u1', ctx)
    await expect(saver.reconcile('pvc-u1', ctx)).rejects.toThrow('timed out')
    expect(events.messages('ProvisioningCleanupFailed')).toEqual(['error cleaning up volume pvc-u1: timed out'])

    await saver.reconcile('pvc-u1', ctx)
    expect(transport.requests.filter(({ method }) => method === 'POST')).toHaveLength(5)
    expect(provisioner.storage.size).toBe(0)
    expect(told.at(-1)).toBe('given up: finished')
  })

  it('repeats the attempt when the volume of that name is on its way out', async () => {
    const { saver, transport, told, provisioner } = setup()
    const leaving = { ...written, metadata: { name: 'pvc-u1', deletionTimestamp: '2024-01-02T03:04:05Z' } }
    transport.on('POST', path, () => statusAnswer(409, 'AlreadyExists', 'exists'))
    transport.on('GET', `${path}/pvc-u1`, () => ({ json: leaving }))
    await saver.save(volume, request, ctx)
    expect(told).toEqual(['given up: background'])
    expect(provisioner.storage.size).toBe(1)
  })
})
