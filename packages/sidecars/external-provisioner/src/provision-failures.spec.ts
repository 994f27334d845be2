import { ControllerCapability } from '@csi-ts/csi-proto'
import { Code, codeName } from '@csi-ts/csi-rpc'
import { type PersistentVolumeClaim, resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { useSharedWorld, useWorld } from './testing/use-world.ts'
import type { World } from './testing/world.ts'

const setup = useWorld()

function creates(world: World): number {
  return world.driver.calls.filter(({ method }) => method === 'CreateVolume').length
}

/** The warning that a user sees. */
async function warning(world: World, claim: PersistentVolumeClaim, text: string): Promise<string> {
  const isIt = ({ reason = '', message = '' }): boolean => reason === 'ProvisioningFailed' && message.includes(text)
  const event = await world.waitForEvent(claim, isIt)
  expect(event.type).toBe('Warning')
  return event.message ?? ''
}

async function nothingExists(world: World): Promise<void> {
  expect(world.driver.volumes.size).toBe(0)
  const { items } = await world.client.resource(resources.persistentVolumes).listAll({}, world.ctx)
  expect(items).toEqual([])
}

async function annotate(world: World, annotations: Record<string, string>): Promise<void> {
  const ref = { name: 'data', namespace: 'shop' }
  const patch = { type: 'merge', body: { metadata: { annotations } } } as const
  await world.client.resource(resources.persistentVolumeClaims).patch(ref, patch, world.ctx)
}

describe('a driver that fails once', () => {
  const shared = useSharedWorld()

  it.each([
    Code.Canceled,
    Code.Unknown,
    Code.DeadlineExceeded,
    Code.NotFound,
    Code.AlreadyExists,
    Code.PermissionDenied,
    Code.ResourceExhausted,
    Code.FailedPrecondition,
    Code.Aborted,
    Code.OutOfRange,
    Code.Unimplemented,
    Code.Internal,
    Code.Unavailable,
    Code.DataLoss,
    Code.Unauthenticated,
  ])('with code %i is asked again, and the user reads what it said', async (code) => {
    const world = shared()
    const name = `code-${code}`
    await world.createClass({ metadata: { name } })
    const before = creates(world)
    world.driver.script.before('CreateVolume', { kind: 'fail', code, message: 'not now' })
    const claim = await world.createClaim({ name, spec: { storageClassName: name } })
    const volume = await world.volumeOf(claim)
    // Go's text: tools and people look for it.
    expect(await warning(world, claim, 'not now')).toBe(`rpc error: code = ${codeName(code)} desc = not now`)
    expect(creates(world) - before).toBe(2)
    const made = [...world.driver.volumes.values()].filter((one) => one.name === volume.metadata.name)
    expect(made.map(({ id }) => id)).toEqual([volume.spec.csi?.volumeHandle])
  })
})

describe('a driver that fails', () => {
  it('with InvalidArgument is asked again only after a long wait, or when the class was replaced', async () => {
    const world = await setup({ argv: ['--retry-interval-max=1h'] })
    await world.createClass()
    world.driver.script.before('CreateVolume', { kind: 'fail', code: Code.InvalidArgument, message: 'never' })
    const claim = await world.createClaim()
    expect(await warning(world, claim, 'never')).toBe(
      'Volume provisioning failed with infeasible error. Retries will be delayed. ' +
        'rpc error: code = InvalidArgument desc = never',
    )
    await annotate(world, { touched: 'yes' })
    await world.volumeOf(await world.createClaim({ name: 'next' }))
    expect(creates(world)).toBe(2)

    const classes = world.client.resource(resources.storageClasses)
    await classes.delete({ name: 'fast' }, world.ctx)
    await world.waitGone(resources.storageClasses, { name: 'fast' })
    await world.createClass({ parameters: { type: 'possible' } })
    await world.volumeOf(claim)
  })

  it('with ResourceExhausted gives a node with topology back to the scheduler (must get right 6)', async () => {
    const world = await setup({ driver: { topology: { 'example.com/zone': 'z1' } } })
    await world.createClass({ volumeBindingMode: 'WaitForFirstConsumer' })
    world.driver.script.before('CreateVolume', { kind: 'fail', code: Code.ResourceExhausted, message: 'full' })
    const annotations = { 'volume.kubernetes.io/selected-node': 'node-1', kept: 'yes' }
    const claim = await world.createClaim({ annotations })
    const back = await world.waitFor(
      resources.persistentVolumeClaims,
      { name: 'data', namespace: 'shop' },
      ({ metadata }) => metadata.annotations?.['volume.kubernetes.io/selected-node'] === undefined,
    )
    expect(back.metadata.annotations).toMatchObject({ kept: 'yes' })
    await warning(world, claim, 'full')
    expect(creates(world)).toBe(1)

    await annotate(world, { 'volume.kubernetes.io/selected-node': 'node-2' })
    await world.volumeOf(claim)
  })
})

describe('a reply that is lost', () => {
  it.each([
    { how: 'by a timeout', action: { kind: 'fail', code: Code.DeadlineExceeded, message: 'late' } as const },
    {
      how: 'with an Aborted of a driver that goes on',
      action: { kind: 'fail', code: Code.Aborted, message: 'busy' } as const,
    },
  ])('$how is not final: one volume comes of it', async ({ action }) => {
    const world = await setup()
    await world.createClass()
    world.driver.script.after('CreateVolume', action)
    const claim = await world.createClaim()
    const volume = await world.volumeOf(claim)
    expect(world.driver.volumes.size).toBe(1)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('to a claim that is deleted meanwhile leaks nothing (must get right 3)', async () => {
    const world = await setup()
    await world.createClass()
    const lost = world.driver.script.after('CreateVolume', {
      kind: 'fail',
      code: Code.DeadlineExceeded,
      message: 'late',
    })
    const standing = world.driver.script.before('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    await world.deleteClaim(claim)
    standing.release()
    await lost.reached

    // The volume is written although nobody wants it, so that it can be released and deleted.
    const volume = await world.volumeOf(claim)
    expect(volume.spec.claimRef?.uid).toBe(claim.metadata.uid)
    await world.release(volume)
    await world.waitGone(resources.persistentVolumes, volume.metadata)
    expect(world.driver.volumes.size).toBe(0)
  })

  it('to a claim whose class is deleted meanwhile leaks nothing', async () => {
    const world = await setup()
    await world.createClass({ parameters: { type: 'ssd' } })
    const claim = await lostReply(world, async () => {
      await world.client.resource(resources.storageClasses).delete({ name: 'fast' }, world.ctx)
    })
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('to a claim that loses its annotation meanwhile leaks nothing', async () => {
    const world = await setup()
    await world.createClass()
    const claim = await lostReply(world, () =>
      world.client
        .resource(resources.persistentVolumeClaims)
        .patch(
          { name: 'data', namespace: 'shop' },
          { type: 'merge', body: { metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': null } } } },
          world.ctx,
        ),
    )
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })
})

/** Makes a claim, changes the world while the driver works on it, and loses the driver's reply. */
async function lostReply(world: World, change: () => Promise<unknown>): Promise<PersistentVolumeClaim> {
  world.driver.script.after('CreateVolume', { kind: 'fail', code: Code.DeadlineExceeded, message: 'late' })
  const standing = world.driver.script.before('CreateVolume', { kind: 'hold' })
  const claim = await world.createClaim()
  await standing.reached
  await change()
  standing.release()
  return claim
}

/** A claim of another class, for which there is a volume when everything before it has been looked at. */
async function otherClaim(world: World): Promise<PersistentVolumeClaim> {
  await world.createClass({ metadata: { name: 'other' } })
  return await world.createClaim({ name: 'other', spec: { storageClassName: 'other' } })
}

function secret(name: string, namespace: string): Record<string, string> {
  return {
    'csi.storage.k8s.io/provisioner-secret-name': name,
    'csi.storage.k8s.io/provisioner-secret-namespace': namespace,
  }
}

describe('a request that is wrong', () => {
  const shared = useSharedWorld()

  it.each<{ why: string; parameters?: Record<string, string>; spec?: PersistentVolumeClaim['spec']; says: string }>([
    {
      why: 'a secret template with an unknown token',
      parameters: secret('${pod.name}', 'shop'),
      says: 'error resolving csi.storage.k8s.io/provisioner-secret-name "${pod.name}": invalid tokens: ["pod.name"]',
    },
    {
      why: 'a secret template that gives no name',
      parameters: secret('CREDS-${pvc.name}', 'shop'),
      says: '"CREDS-${pvc.name}" resolved to "CREDS-a-secret-template-that-gives-no-name" which is not a valid secret name',
    },
    {
      why: 'a secret name without a namespace',
      parameters: { 'csi.storage.k8s.io/node-stage-secret-name': 'a' },
      says: 'both must be specified',
    },
    {
      why: 'a parameter with the reserved prefix',
      parameters: { 'csi.storage.k8s.io/fstpye': 'xfs' },
      says: 'found unknown parameter key "csi.storage.k8s.io/fstpye" with reserved namespace csi.storage.k8s.io/',
    },
    {
      why: 'two file systems',
      parameters: { fstype: 'xfs', 'csi.storage.k8s.io/fstype': 'ext4' },
      says: 'fstype specified in more than one parameter',
    },
    { why: 'a selector', spec: { selector: { matchLabels: { a: 'b' } } }, says: 'claim Selector is not supported' },
    {
      why: 'a snapshot',
      spec: { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' } },
      says: 'restoring a VolumeSnapshot is not supported by this version',
    },
    {
      why: 'a source in another namespace',
      spec: { dataSourceRef: { apiGroup: 'example.com', kind: 'Backup', name: 'b', namespace: 'far' } },
      says: 'the CrossNamespaceVolumeDataSource feature is disabled',
    },
  ])('$why: one clear event, and nothing is created', async ({ why, parameters = {}, spec = {}, says }) => {
    const world = shared()
    const name = why.replaceAll(' ', '-')
    await world.createClass({ metadata: { name }, parameters })
    const claim = await world.createClaim({ name, spec: { storageClassName: name, ...spec } })
    const message = await warning(world, claim, says)
    expect(message).not.toContain('\n')
    expect(creates(world)).toBe(0)
    await nothingExists(world)
  })

  it('because its secret is missing is served as soon as the secret is there', async () => {
    const world = await setup()
    await world.createClass({ parameters: secret('creds', 'shop') })
    const claim = await world.createClaim()
    const says = 'error getting secret creds in namespace shop: secrets "creds" not found'
    expect(await warning(world, claim, 'error getting secret')).toBe(says)
    await nothingExists(world)
    await world.client.resource(resources.secrets).create({ metadata: { name: 'creds', namespace: 'shop' } }, world.ctx)
    await world.volumeOf(claim)
    expect(world.driver.volumes.size).toBe(1)
  })

  it('because its class is missing is served as soon as the class is there', async () => {
    const world = await setup({ argv: ['--retry-interval-start=1h', '--retry-interval-max=1h'] })
    const claim = await world.createClaim()
    await world.volumeOf(await otherClaim(world))
    await world.createClass()
    await world.volumeOf(claim)
    expect(world.driver.volumes.size).toBe(2)
  })

  it('of a driver that makes no volumes', async () => {
    const world = await setup({ driver: { controllerCapabilities: [ControllerCapability.GET_CAPACITY] } })
    await world.createClass()
    const claim = await world.createClaim()
    const says = 'controller CREATE_DELETE_VOLUME capability is not reported'
    expect(await warning(world, claim, says)).toBe(`CSI driver does not support dynamic provisioning: ${says}`)
  })

  it('because its attributes class is for another driver', async () => {
    const world = await setup()
    await world.client
      .resource(resources.volumeAttributesClasses)
      .create({ metadata: { name: 'gold' }, driverName: 'other', parameters: { iops: '500' } }, world.ctx)
    await world.createClass()
    const claim = await world.createClaim({ spec: { volumeAttributesClassName: 'gold' } })
    const says = 'VolumeAttributesClass gold is for driver other: must be for mock.csi.example.com'
    expect(await warning(world, claim, 'gold')).toBe(says)
    await nothingExists(world)
  })
})
