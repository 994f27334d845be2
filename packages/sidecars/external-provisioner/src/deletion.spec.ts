import { Code } from '@csi-ts/csi-rpc'
import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { useWorld } from './testing/use-world.ts'
import type { World } from './testing/world.ts'

const setup = useWorld()
const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer'

/** A claim with its volume, and then without the claim: what a test deletes. */
async function orphanedVolume(
  world: World,
  change: Parameters<World['createClass']>[0] = {},
): Promise<PersistentVolume> {
  await world.createClass(change)
  const claim = await world.createClaim()
  const volume = await world.volumeOf(claim)
  await world.waitForEvent(claim, ({ reason }) => reason === 'ProvisioningSucceeded')
  await world.deleteClaim(claim)
  world.api.requests.clear()
  return volume
}

function deletes(world: World): number {
  return world.driver.calls.filter(({ method }) => method === 'DeleteVolume').length
}

/** A later volume came through: everything before it has been looked at. */
async function laterVolume(world: World): Promise<void> {
  await world.createClass({ metadata: { name: 'later' } })
  const claim = await world.createClaim({ name: 'later', spec: { storageClassName: 'later' } })
  const volume = await world.volumeOf(claim)
  await world.deleteClaim(claim)
  await world.release(volume)
  await world.waitGone(resources.persistentVolumes, volume.metadata)
}

async function setPolicy(world: World, { metadata: { name } }: PersistentVolume, policy: string): Promise<void> {
  const body = { spec: { persistentVolumeReclaimPolicy: policy } }
  await world.client.resource(resources.persistentVolumes).patch({ name }, { type: 'merge', body }, world.ctx)
}

describe('deleting', () => {
  it('a released volume takes one DeleteVolume and two writes (must get right 44)', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(world.driver.volumes.size).toBe(0)
    expect(world.writes()).toEqual(['delete persistentvolumes 200', 'patch persistentvolumes 200'])
    await laterVolume(world)
    // Our own DELETE comes back as a change of a volume that still has the finalizer: it must not count as a new task.
    expect(deletes(world)).toBe(2)
  })

  it('a volume whose class keeps it: it is never held, at no further write, and nothing is deleted', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world, { reclaimPolicy: 'Retain' })
    expect(volume.metadata.finalizers).toEqual(['kubernetes.io/pv-protection'])
    await world.release(volume)
    await laterVolume(world)
    expect(deletes(world)).toBe(1)
    expect(world.driver.volumes.size).toBe(1)
    const { metadata } = await world.client.resource(resources.persistentVolumes).get(volume.metadata, world.ctx)
    expect(metadata.deletionTimestamp).toBeUndefined()
  })

  it('a volume that shall be kept after all: nothing is deleted, and nothing holds it', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    await setPolicy(world, volume, 'Retain')
    await world.release(volume)
    const kept = await world.waitFor(
      resources.persistentVolumes,
      volume.metadata,
      ({ metadata }) => metadata.finalizers?.includes(finalizer) !== true,
    )
    expect(kept.metadata.deletionTimestamp).toBeUndefined()
    expect(world.driver.volumes.size).toBe(1)
    expect(deletes(world)).toBe(0)
  })

  it('a volume whose policy became Retain a moment ago: the cache is not believed', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    const standing = world.proxy.fault({
      match: { verb: 'get', resource: 'persistentvolumes' },
      when: 'before',
      action: { kind: 'hold' },
    })
    await world.release(volume)
    await standing.reached
    await setPolicy(world, volume, 'Retain')
    standing.release()
    await world.waitFor(
      resources.persistentVolumes,
      volume.metadata,
      ({ metadata }) => metadata.finalizers?.includes(finalizer) !== true,
    )
    expect(deletes(world)).toBe(0)
    expect(world.driver.volumes.size).toBe(1)
  })

  it('a volume that was deleted by hand before its claim waits for the claim', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await world.createClaim()
    const volume = await world.volumeOf(claim)
    await world.client.resource(resources.persistentVolumes).delete(volume.metadata, world.ctx)
    await world.volumeOf(await world.createClaim({ name: 'next' }))
    expect(deletes(world)).toBe(0)
    world.api.requests.clear()

    await world.deleteClaim(claim)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(deletes(world)).toBe(1)
    // It is going already: only the finalizer is left to write.
    expect(world.writes().filter((write) => write.includes('persistentvolumes'))).toEqual([
      'patch persistentvolumes 200',
    ])
  })

  it('leaves finalizers of others, also those that came after the cache was read (must get right 45)', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    const standing = world.proxy.fault({
      match: { verb: 'delete', resource: 'persistentvolumes' },
      when: 'before',
      action: { kind: 'hold' },
    })
    await world.release(volume)
    await standing.reached
    const body = { metadata: { finalizers: ['external-attacher/mock-csi-example-com'] } }
    const patch = { type: 'strategic', body } as const
    await world.client.resource(resources.persistentVolumes).patch(volume.metadata, patch, world.ctx)
    standing.release()
    const held = await world.waitFor(
      resources.persistentVolumes,
      volume.metadata,
      ({ metadata }) => metadata.finalizers?.includes(finalizer) !== true,
    )
    expect(held.metadata.finalizers).toEqual(['external-attacher/mock-csi-example-com'])
  })

  it('waits for a detach, and says so calmly (must get right 10)', async () => {
    const world = await setup({ argv: ['--retry-interval-start=1h', '--retry-interval-max=1h'] })
    const volume = await orphanedVolume(world)
    const attachments = world.client.resource(resources.volumeAttachments)
    const source = { persistentVolumeName: volume.metadata.name }
    await attachments.create(
      { metadata: { name: 'va' }, spec: { attacher: 'mock.csi.example.com', nodeName: 'node-7', source } },
      world.ctx,
    )
    await world.release(volume)
    const event = await world.waitForEvent(volume, ({ reason }) => reason === 'VolumeFailedDelete')
    expect(event).toMatchObject({
      type: 'Normal',
      message: `persistentvolume ${volume.metadata.name} is still attached to node node-7`,
    })
    expect(deletes(world)).toBe(0)
    // The detach itself wakes it: the backoff of this test is an hour.
    await attachments.delete({ name: 'va' }, world.ctx)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(deletes(world)).toBe(1)
  })

  it('tries again when the driver fails, and tells users', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    world.driver.script.before('DeleteVolume', { kind: 'fail', code: Code.Internal, message: 'stuck', times: 2 })
    await world.release(volume)
    const event = await world.waitForEvent(volume, ({ reason }) => reason === 'VolumeFailedDelete')
    expect(event).toMatchObject({ type: 'Warning', message: 'rpc error: code = Internal desc = stuck' })
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(deletes(world)).toBe(3)
    const { body } = await world.metrics.expose()
    expect(body).toContain('controller_persistentvolume_delete_total{class="fast"} 1')
    expect(body).toContain('controller_persistentvolume_delete_failed_total{class="fast"} 2')
  })

  it.each([{ verb: 'delete' }, { verb: 'patch' }] as const)(
    'does not ask the driver again when the $verb of the object fails',
    async ({ verb }) => {
      const world = await setup()
      const volume = await orphanedVolume(world)
      const match = { verb, resource: 'persistentvolumes' }
      world.proxy.fault({ match, when: 'before', action: { kind: 'fail', code: 500 }, times: 2 })
      await world.release(volume)
      await world.waitGone(resources.persistentVolumes, volume.metadata)
      expect(deletes(world)).toBe(1)
    },
  )

  it.each([
    { why: 'before DeleteVolume', place: 'before' } as const,
    { why: 'after DeleteVolume', place: 'after' } as const,
  ])('goes on after a restart $why', async ({ place }) => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    const standing = world.driver.script[place]('DeleteVolume', { kind: 'hold' })
    await world.release(volume)
    await standing.reached
    await world.stopProvisioner()
    standing.remove()
    await world.startProvisioner()
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(world.driver.volumes.size).toBe(0)
  })

  it('gives the driver the secret that the volume names, after its class is gone (must get right 23)', async () => {
    const world = await setup()
    const secrets = world.client.resource(resources.secrets)
    const data = { key: Buffer.from('value').toString('base64') }
    await secrets.create({ metadata: { name: 'creds', namespace: 'shop' }, data }, world.ctx)
    const volume = await orphanedVolume(world, {
      parameters: {
        'csi.storage.k8s.io/provisioner-secret-name': 'creds',
        'csi.storage.k8s.io/provisioner-secret-namespace': '${pvc.namespace}',
      },
    })
    await world.client.resource(resources.storageClasses).delete({ name: 'fast' }, world.ctx)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    const asked = world.driver.calls.find(({ method }) => method === 'DeleteVolume')
    expect(asked?.request).toMatchObject({ secrets: { key: 'value' } })
  })

  it('goes on without a secret that is gone', async () => {
    const world = await setup()
    const volume = await orphanedVolume(world)
    const annotations = {
      'volume.kubernetes.io/provisioner-deletion-secret-name': 'gone',
      'volume.kubernetes.io/provisioner-deletion-secret-namespace': 'shop',
    }
    const patch = { type: 'merge', body: { metadata: { annotations } } } as const
    await world.client.resource(resources.persistentVolumes).patch(volume.metadata, patch, world.ctx)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(world.driver.volumes.size).toBe(0)
  })

  it('holds static volumes of its driver too, by a patch, and leaves those of others alone (must get right 32)', async () => {
    const world = await setup()
    const volumes = world.client.resource(resources.persistentVolumes)
    for (const driver of ['other.csi.example.com', 'mock.csi.example.com']) {
      await volumes.create(
        {
          metadata: { name: driver },
          spec: {
            accessModes: ['ReadWriteOnce'],
            capacity: { storage: '1Gi' },
            csi: { driver, volumeHandle: 'static' },
            persistentVolumeReclaimPolicy: 'Delete',
          },
        },
        world.ctx,
      )
      const patch = { type: 'merge', body: { status: { phase: 'Bound' } } } as const
      await volumes.patch({ name: driver }, patch, world.ctx, { subresource: 'status' })
    }
    const held = await world.waitFor(
      resources.persistentVolumes,
      { name: 'mock.csi.example.com' },
      ({ metadata }) => metadata.finalizers?.includes(finalizer) === true,
    )
    expect(held.metadata.finalizers).toContain('kubernetes.io/pv-protection')
    const foreign = await volumes.get({ name: 'other.csi.example.com' }, world.ctx)
    expect(foreign.metadata.finalizers).not.toContain(finalizer)
    expect(world.writes()).toEqual(['patch persistentvolumes 200'])
  })
})
