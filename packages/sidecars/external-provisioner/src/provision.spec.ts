import { ControllerCapability, type CreateVolumeRequest } from '@csi-ts/csi-proto'
import { resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { useWorld } from './testing/use-world.ts'
import type { World } from './testing/world.ts'

const setup = useWorld()
const selectedNode = 'volume.kubernetes.io/selected-node'

/** The requests that reached the driver. */
function createRequests(world: World): readonly CreateVolumeRequest[] {
  return world.driver.calls
    .filter(({ method }) => method === 'CreateVolume')
    .map(({ request }) => request as CreateVolumeRequest)
}

describe('provisioning', () => {
  it('makes one volume for a claim, with three writes', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await world.createClaim()
    const volume = await world.volumeOf(claim)
    const event = await world.waitForEvent(claim, ({ reason }) => reason === 'ProvisioningSucceeded')

    expect(world.driver.volumes.size).toBe(1)
    const [made] = world.driver.volumes.values()
    expect(made).toMatchObject({ name: `pvc-${claim.metadata.uid}`, capacityBytes: 1024n ** 3n })
    expect(volume).toMatchObject({
      metadata: {
        annotations: { 'pv.kubernetes.io/provisioned-by': 'mock.csi.example.com' },
        finalizers: expect.arrayContaining(['external-provisioner.volume.kubernetes.io/finalizer']),
      },
      spec: {
        claimRef: { namespace: 'shop', name: 'data', uid: claim.metadata.uid },
        csi: { driver: 'mock.csi.example.com', volumeHandle: made?.id },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'fast',
      },
    })
    expect(event).toMatchObject({ type: 'Normal', message: `Successfully provisioned volume ${volume.metadata.name}` })
    expect(world.writes().toSorted()).toEqual([
      'create events 201',
      'create events 201',
      'create persistentvolumes 201',
    ])
    // Whether the volume exists is asked of the cache (must get right 13).
    expect(world.reads()).toEqual([])
  })

  it('tells users that it has begun', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await world.createClaim()
    const event = await world.waitForEvent(claim, ({ reason }) => reason === 'Provisioning')
    expect(event).toMatchObject({
      type: 'Normal',
      message: 'External provisioner is provisioning volume for claim "shop/data"',
    })
  })

  it('waits for a node with WaitForFirstConsumer, and does not lose the update that names it', async () => {
    const world = await setup()
    await world.createClass({ volumeBindingMode: 'WaitForFirstConsumer' })
    await world.createClass({ metadata: { name: 'now' } })
    const delayed = await world.createClaim()
    const immediate = await world.createClaim({ name: 'now', spec: { storageClassName: 'now' } })
    await world.volumeOf(immediate)
    expect(createRequests(world).map(({ name }) => name)).toEqual([`pvc-${immediate.metadata.uid}`])

    const body = { metadata: { annotations: { [selectedNode]: 'node-1' } } }
    await world.client
      .resource(resources.persistentVolumeClaims)
      .patch({ name: 'data', namespace: 'shop' }, { type: 'merge', body }, world.ctx)
    await world.volumeOf(delayed)
    expect(world.driver.volumes.size).toBe(2)
  })

  it('does not lose an update that arrives while the same claim is being processed (must get right 14)', async () => {
    const world = await setup()
    await world.createClass()
    const standing = world.driver.script.before('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    await world.client
      .resource(resources.persistentVolumeClaims)
      .patch(
        { name: 'data', namespace: 'shop' },
        { type: 'merge', body: { metadata: { annotations: { touched: 'yes' } } } },
        world.ctx,
      )
    standing.release()
    await world.volumeOf(claim)
    expect(world.driver.volumes.size).toBe(1)
  })

  it('serves claims that only have the older annotations', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await world.createClaim({
      annotations: {
        'volume.beta.kubernetes.io/storage-provisioner': 'mock.csi.example.com',
        'volume.beta.kubernetes.io/storage-class': 'fast',
      },
      provisioner: undefined,
      spec: { storageClassName: undefined },
    })
    expect((await world.volumeOf(claim)).spec.storageClassName).toBe('fast')
  })

  it("leaves others' claims alone, in-tree ones too, and does not log about them (must get right 4)", async () => {
    const world = await setup()
    await world.createClass()
    await world.createClaim({ name: 'foreign', provisioner: 'kubernetes.io/aws-ebs' })
    await world.createClaim({ name: 'static', provisioner: undefined })
    await world.volumeOf(await world.createClaim())
    expect(world.driver.volumes.size).toBe(1)
    const loud = world.log.filter(({ level }) => !level.startsWith('v'))
    expect(loud.filter(({ fields }) => JSON.stringify(fields).includes('foreign'))).toEqual([])
  })

  it('treats a claim that was made again under its old name as another one', async () => {
    const world = await setup()
    await world.createClass()
    const first = await world.createClaim()
    await world.volumeOf(first)
    await world.deleteClaim(first)
    const second = await world.createClaim()
    await world.volumeOf(second)
    expect([...world.driver.volumes.values()].map(({ name }) => name)).toEqual([
      `pvc-${first.metadata.uid}`,
      `pvc-${second.metadata.uid}`,
    ])
  })

  it('names volumes by prefix and length, and knows its own by that name after a restart', async () => {
    const world = await setup({ argv: ['--volume-name-prefix=vol', '--volume-name-uuid-length=8'] })
    await world.createClass()
    const claim = await world.createClaim()
    const name = `vol-${claim.metadata.uid?.slice(0, 8)}`
    await world.waitFor(resources.persistentVolumes, { name }, () => true)
    await world.stopProvisioner()
    await world.startProvisioner()
    await world.waitFor(resources.persistentVolumes, { name: await next(world) }, () => true)
    expect(createRequests(world).filter((request) => request.name === name)).toHaveLength(1)
  })

  it('tells the driver names of claim and volume when asked to', async () => {
    const world = await setup({ argv: ['--extra-create-metadata'] })
    await world.createClass({ parameters: { type: 'ssd', 'csi.storage.k8s.io/fstype': 'xfs' } })
    const claim = await world.createClaim()
    await world.volumeOf(claim)
    expect(createRequests(world)[0]?.parameters).toEqual({
      type: 'ssd',
      'csi.storage.k8s.io/pvc/name': 'data',
      'csi.storage.k8s.io/pvc/namespace': 'shop',
      'csi.storage.k8s.io/pv/name': `pvc-${claim.metadata.uid}`,
    })
  })

  it('gives the driver the secret, and nobody else (must get right 18)', async () => {
    const world = await setup()
    const password = 'hunter2-in-plain-text'
    await world.client.resource(resources.secrets).create(
      {
        metadata: { name: 'creds-red', namespace: 'shop' },
        data: { password: Buffer.from(password).toString('base64') },
      },
      world.ctx,
    )
    await world.createClass({
      parameters: {
        'csi.storage.k8s.io/provisioner-secret-name': "creds-${pvc.annotations['team']}",
        'csi.storage.k8s.io/provisioner-secret-namespace': '${pvc.namespace}',
      },
    })
    const volume = await world.volumeOf(await world.createClaim({ annotations: { team: 'red' } }))
    expect(createRequests(world)[0]).toMatchObject({ secrets: { password }, parameters: {} })
    expect(volume.metadata.annotations).toMatchObject({
      'volume.kubernetes.io/provisioner-deletion-secret-name': 'creds-red',
      'volume.kubernetes.io/provisioner-deletion-secret-namespace': 'shop',
    })
    const said = JSON.stringify(world.log, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    expect(said).toContain('CreateVolume')
    expect(said).not.toContain(password)
    expect(JSON.stringify(volume)).not.toContain(password)
  })

  it("asks for the claim's mutable parameters", async () => {
    const world = await setup()
    await world.client
      .resource(resources.volumeAttributesClasses)
      .create(
        { metadata: { name: 'gold' }, driverName: 'mock.csi.example.com', parameters: { iops: '500' } },
        world.ctx,
      )
    await world.createClass()
    const volume = await world.volumeOf(await world.createClaim({ spec: { volumeAttributesClassName: 'gold' } }))
    expect(volume.spec.volumeAttributesClassName).toBe('gold')
    expect(createRequests(world)[0]?.mutableParameters).toEqual({ iops: '500' })
  })

  it('leaves claims with a populator alone, and says so (must get right 11)', async () => {
    const world = await setup()
    await world.createClass()
    const source = { apiGroup: 'example.com', kind: 'Backup', name: 'monday' }
    const claim = await world.createClaim({ spec: { dataSourceRef: source } })
    const message = 'Assuming an external populator will provision the volume'
    expect(await world.waitForEvent(claim, (event) => event.message === message)).toMatchObject({
      reason: 'Provisioning',
    })
    expect(world.driver.volumes.size).toBe(0)
  })

  it('binds a volume to where the driver says that it is', async () => {
    const world = await setup({ driver: { topology: { 'example.com/zone': 'z1' } } })
    await world.createClass()
    const volume = await world.volumeOf(await world.createClaim())
    expect(volume.spec.nodeAffinity).toEqual({
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'example.com/zone', operator: 'In', values: ['z1'] }] }],
      },
    })
  })

  it('provisions for many claims at once', async () => {
    const world = await setup({ argv: ['--worker-threads=10'] })
    await world.createClass()
    const claims = await Promise.all(
      Array.from({ length: 30 }, (_, index) => world.createClaim({ name: `data-${index}` })),
    )
    for (const claim of claims) await world.volumeOf(claim)
    expect(new Set([...world.driver.volumes.values()].map(({ name }) => name)).size).toBe(30)
    expect(world.driver.volumes.size).toBe(30)
  })

  it('has no more calls in flight than --worker-threads says', async () => {
    const world = await setup({ argv: ['--worker-threads=3'] })
    await world.createClass()
    const pending = (): number => world.driver.calls.filter(({ outcome }) => outcome === 'pending').length
    const inFlight: number[] = []
    const count = (): boolean => {
      inFlight.push(pending())
      return true
    }
    const held = world.driver.script.before('CreateVolume', { kind: 'hold', times: 12, when: count })
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, index) => world.createClaim({ name: `data-${index}` })),
    )
    await expect.poll(pending).toBe(3)
    held.release()
    for (const claim of claims) await world.volumeOf(claim)
    expect(Math.max(...inFlight)).toBe(3)
  })

  it("counts with upstream's metrics", async () => {
    const controllerCapabilities = [ControllerCapability.CREATE_DELETE_VOLUME]
    const world = await setup({ driver: { controllerCapabilities }, start: false })
    await world.createClass()
    await world.startProvisioner()
    world.driver.script.before('CreateVolume', { kind: 'fail', code: 13, message: 'boom' })
    await world.volumeOf(await world.createClaim())
    const { body } = await world.metrics.expose()
    expect(body).toContain('controller_persistentvolumeclaim_provision_total{class="fast",source=""} 1')
    expect(body).toContain('controller_persistentvolumeclaim_provision_failed_total{class="fast",source=""} 1')
    expect(body).toContain(
      'controller_persistentvolumeclaim_provision_duration_seconds_count{class="fast",source=""} 1',
    )
    for (const queue of ['claims', 'volumes', 'unsavedpvs'])
      expect(body).toContain(`workqueue_adds_total{name="${queue}"}`)
  })
})

/** Makes another claim: when it has its volume, everything before it has been looked at. */
async function next(world: World): Promise<string> {
  const claim = await world.createClaim({ name: 'next' })
  return `vol-${claim.metadata.uid?.slice(0, 8)}`
}
