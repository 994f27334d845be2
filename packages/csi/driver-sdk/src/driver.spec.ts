import { PluginService, VolumeExpansion } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { createDriver, type DriverOptions } from './driver.ts'
import { defineController, defineNode } from './handlers.ts'
import { inMemoryDriver } from './testing/in-memory-driver.ts'

const name = 'a.example.com'
const vendorVersion = '1.2.3'
const node = defineNode({
  nodeGetInfo: () => ({ nodeId: 'n1' }),
  nodePublishVolume: () => ({}),
  nodeUnpublishVolume: () => ({}),
})

function setup(options: Partial<DriverOptions> = {}) {
  return inMemoryDriver(createDriver({ name, vendorVersion, ...options }))
}

describe('createDriver', () => {
  it('answers Identity from its options', async () => {
    const { identity } = setup({ manifest: { url: 'https://example.com' }, node })
    expect(await identity.getPluginInfo({}, {})).toEqual({
      name,
      vendorVersion,
      manifest: { url: 'https://example.com' },
    })
    expect(await identity.probe({}, {})).toEqual({ ready: true })
    expect(await identity.getPluginCapabilities({}, {})).toEqual({ capabilities: [] })
  })

  it('says not ready, rather than fail, while it starts (must get right 13)', async () => {
    let isReady = false
    const { identity } = setup({ ready: () => isReady })
    expect(await identity.probe({}, {})).toEqual({ ready: false })
    isReady = true
    expect(await identity.probe({}, {})).toEqual({ ready: true })
  })

  it('advertises exactly what it has', async () => {
    const controller = defineController({
      createVolume: () => ({ volume: { volumeId: 'v' } }),
      deleteVolume: () => ({}),
      controllerExpandVolume: () => ({}),
    })
    const driver = setup({ controller, node, capabilities: { expansion: 'offline' } })
    const { capabilities } = await driver.identity.getPluginCapabilities({}, {})
    expect(capabilities.map(({ type }) => type)).toEqual([
      { $case: 'service', value: { type: PluginService.CONTROLLER_SERVICE } },
      { $case: 'volumeExpansion', value: { type: VolumeExpansion.OFFLINE } },
    ])
    const controllerAnswer = await driver.controller.controllerGetCapabilities({}, {})
    expect(controllerAnswer.capabilities.map(({ type }) => type?.value.type)).toEqual([1, 9])
    expect(await driver.node.nodeGetCapabilities({}, {})).toEqual({ capabilities: [] })
    await expect(driver.groupController.groupControllerGetCapabilities({}, {})).rejects.toMatchObject({
      code: Code.Unimplemented,
    })
  })

  it('answers Unimplemented for what was left out, before it judges the request', async () => {
    const { controller } = setup({ controller: { listVolumes: () => ({}) } })
    await expect(controller.createVolume({}, {})).rejects.toMatchObject({ code: Code.Unimplemented })
  })

  it('checks a request before its method sees it (must get right 1)', async () => {
    let calls = 0
    const controller = defineController({
      createVolume: () => ({}),
      deleteVolume() {
        calls++
        return {}
      },
    })
    const driver = setup({ controller })
    await expect(driver.controller.deleteVolume({}, {})).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'missing required field volume_id',
    })
    expect(calls).toBe(0)
  })

  it('keeps `this` of handlers that are methods of an object', async () => {
    class Lister {
      readonly #ids = ['v1']
      listVolumes() {
        return { entries: this.#ids.map((volumeId) => ({ volume: { volumeId } })) }
      }
    }
    const lister = new Lister()
    const { controller } = setup({ controller: { listVolumes: () => lister.listVolumes() } })
    expect((await controller.listVolumes({}, {})).entries).toHaveLength(1)
  })

  it('lets a driver answer an Identity method itself', async () => {
    const { identity } = setup({ identity: { probe: () => ({}) } })
    expect(await identity.probe({}, {})).toEqual({ ready: undefined })
  })

  it.each([
    { options: { name: '' }, message: 'invalid driver name ""' },
    { options: { name: 'has space' }, message: 'invalid driver name "has space"' },
    { options: { name: '-a' }, message: 'invalid driver name "-a"' },
    { options: { name: 'a'.repeat(64) }, message: 'want 1 to 63 letters' },
    { options: { vendorVersion: '' }, message: 'the vendor version of a driver must not be empty' },
    {
      options: { manifest: { text: 'x'.repeat(4_096) } },
      message: 'the manifest of a driver has 4100 bytes, at most 4096 are allowed',
    },
  ])('refuses at once: $message', ({ options, message }) => {
    expect(() => createDriver({ name, vendorVersion, ...options })).toThrow(message)
  })
})

describe('inMemoryDriver', () => {
  it.each([
    { why: 'a volume without an id', volume: {}, problem: 'volume.volume_id is missing' },
    {
      why: 'a volume id that is too long',
      volume: { volumeId: 'v'.repeat(129) },
      problem: 'volume.volume_id has 129 bytes',
    },
    {
      why: 'too much context',
      volume: { volumeId: 'v', volumeContext: { a: 'x'.repeat(4_096) } },
      problem: 'volume.volume_context has 4097 bytes',
    },
  ])('fails a call that answers with $why (must get right 12)', async ({ volume }) => {
    const { controller } = setup({ controller: { createVolume: () => ({ volume }), deleteVolume: () => ({}) } })
    const request = {
      name: 'a',
      volumeCapabilities: [{ accessMode: { mode: 1 as const }, accessType: { $case: 'block' as const, value: {} } }],
    }
    await expect(controller.createVolume(request, {})).rejects.toMatchObject({ code: Code.Internal })
  })
})
