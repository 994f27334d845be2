import { resources } from '@csi-ts/kube-api'
import type { NewObject } from '@csi-ts/kube-client'
import { describe, expect, it } from 'vitest'
import { useWorld } from './testing/use-world.ts'
import type { World } from './testing/world.ts'

const setup = useWorld()
const createVolume = { verb: 'create', resource: 'persistentvolumes' } as const

function creates(world: World): number {
  return world.driver.calls.filter(({ method }) => method === 'CreateVolume').length
}

/** Somebody else's volume of that name. */
function otherVolume(name: string, volumeHandle: string): NewObject {
  const volume = {
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      csi: { driver: 'mock.csi.example.com', volumeHandle },
      claimRef: { namespace: 'shop', name: 'other', uid: 'other' },
      persistentVolumeReclaimPolicy: 'Retain',
    },
  }
  return volume
}

describe('writing the volume', () => {
  it.each([
    { why: 'fails', action: { kind: 'fail', code: 500 } as const },
    { why: 'is throttled', action: { kind: 'fail', code: 429, retryAfterSeconds: 0 } as const },
    { why: 'gets no answer', action: { kind: 'cut' } as const },
  ])('goes on when the API server $why, without asking the driver again', async ({ action }) => {
    const world = await setup()
    await world.createClass()
    world.proxy.fault({ match: createVolume, when: 'before', action, times: 3 })
    const claim = await world.createClaim()
    const volume = await world.volumeOf(claim)
    await world.waitForEvent(claim, ({ reason }) => reason === 'ProvisioningSucceeded')
    expect(creates(world)).toBe(1)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('is done when the answer that says so was lost', async () => {
    const world = await setup()
    await world.createClass()
    world.proxy.fault({ match: createVolume, when: 'after', action: { kind: 'cut' }, times: 1 })
    const claim = await world.createClaim()
    await world.waitForEvent(claim, ({ reason }) => reason === 'ProvisioningSucceeded')
    const volume = await world.volumeOf(claim)
    expect(creates(world)).toBe(1)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('goes on when its claim is deleted meanwhile, so that the volume can be released and deleted', async () => {
    const world = await setup()
    await world.createClass()
    const refused = world.proxy.fault({
      match: createVolume,
      when: 'before',
      action: { kind: 'fail', code: 503 },
      times: 5,
    })
    const claim = await world.createClaim()
    await refused.reached
    await world.deleteClaim(claim)
    const volume = await world.volumeOf(claim)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(world.driver.volumes.size).toBe(0)
  })

  it("does not take another claim's volume of that name for its own, and makes nothing", async () => {
    const world = await setup({ start: false })
    await world.createClass()
    const claim = await world.createClaim()
    const name = `pvc-${claim.metadata.uid}`
    await world.client.resource(resources.persistentVolumes).create(otherVolume(name, 'theirs') as never, world.ctx)
    await world.startProvisioner()
    const event = await world.waitForEvent(claim, ({ reason }) => reason === 'ProvisioningFailed')
    expect(event.message).toBe(`volume ${name} already exists and belongs to claim shop/other`)
    expect(creates(world)).toBe(0)
  })

  it('deletes what it made when the name is taken meanwhile by other storage (must get right 43)', async () => {
    const world = await setup()
    await world.createClass()
    const standing = world.driver.script.before('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    const name = `pvc-${claim.metadata.uid}`
    await world.client.resource(resources.persistentVolumes).create(otherVolume(name, 'theirs') as never, world.ctx)
    const cleaned = world.driver.script.after('DeleteVolume', { kind: 'delay', ms: 0 })
    standing.release()
    await cleaned.reached
    expect(world.driver.volumes.size).toBe(0)
    const { spec } = await world.client.resource(resources.persistentVolumes).get({ name }, world.ctx)
    expect(spec.csi?.volumeHandle).toBe('theirs')
    await world.waitForEvent(claim, ({ message = '' }) =>
      message.endsWith('already exists and belongs to claim shop/other'),
    )
  })

  it("never deletes the storage that another claim's volume holds", async () => {
    const world = await setup()
    await world.createClass()
    const standing = world.driver.script.after('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    const [made] = world.driver.volumes.values()
    const name = `pvc-${claim.metadata.uid}`
    const theirs = otherVolume(name, made?.id ?? '')
    await world.client.resource(resources.persistentVolumes).create(theirs as never, world.ctx)
    standing.release()
    await world.waitForEvent(claim, ({ message = '' }) => message.includes("has the same storage as this claim's"))
    await world.waitForEvent(claim, ({ message = '' }) =>
      message.endsWith('already exists and belongs to claim shop/other'),
    )
    expect(world.driver.volumes.size).toBe(1)
    expect(world.driver.calls.some(({ method }) => method === 'DeleteVolume')).toBe(false)
  })
})

describe('a provisioner that ends', () => {
  it.each([
    { why: 'before CreateVolume', place: 'before' } as const,
    { why: 'after CreateVolume and before it knows', place: 'after' } as const,
  ])('$why makes one volume after its restart', async ({ place }) => {
    const world = await setup()
    await world.createClass()
    const standing = world.driver.script[place]('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    await world.stopProvisioner()
    standing.remove()
    await world.startProvisioner()
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('after CreateVolume and before the volume is written: the claim gets that one volume', async () => {
    const world = await setup()
    await world.createClass()
    const standing = world.proxy.fault({ match: createVolume, when: 'before', action: { kind: 'hold' } })
    const claim = await world.createClaim()
    await standing.reached
    expect(world.driver.volumes.size).toBe(1)
    await world.stopProvisioner()
    standing.release()
    await world.startProvisioner()
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('after the volume is written and before it knows: nothing is made again', async () => {
    const world = await setup()
    await world.createClass()
    const standing = world.proxy.fault({ match: createVolume, when: 'after', action: { kind: 'hold' } })
    const claim = await world.createClaim()
    await standing.reached
    await world.stopProvisioner()
    standing.release()
    await world.startProvisioner()
    await world.volumeOf(await world.createClaim({ name: 'next' }))
    expect(world.driver.volumes.size).toBe(2)
    expect(creates(world)).toBe(2)
    await world.volumeOf(claim)
  })
})

describe('an API server that is away', () => {
  it('drops every connection: work goes on where it was', async () => {
    const world = await setup()
    await world.createClass()
    await world.volumeOf(await world.createClaim())
    world.proxy.dropConnections()
    await world.volumeOf(await world.createClaim({ name: 'after' }))
    expect(world.driver.volumes.size).toBe(2)
  })

  it('forgets its history: nothing is missed', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await world.createClaim()
    await world.volumeOf(claim)
    world.proxy.fault({ match: { verb: 'watch' }, when: 'before', action: { kind: 'expired' }, times: 4 })
    world.proxy.dropConnections()
    await world.volumeOf(await world.createClaim({ name: 'after' }))
    expect(world.driver.volumes.size).toBe(2)
  })
})
