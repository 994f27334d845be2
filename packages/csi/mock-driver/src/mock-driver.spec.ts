import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessMode, ControllerCapability, NodeCapability } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createMockDriver, type MockDriverOptions } from './mock-driver.ts'
import { formatState, parseState } from './mock-state.ts'
import { mountCapability, volumeRequest } from './testing/volume-request.ts'

function setup(options: MockDriverOptions = {}) {
  const mock = createMockDriver(options)
  const driver = inMemoryDriver(mock.driver)
  const create = async (name: string): Promise<string> =>
    (await driver.controller.createVolume(volumeRequest(name), {})).volume?.volumeId ?? ''
  return { mock, create, ...driver }
}

const paths = { stagingTargetPath: '/staging', targetPath: '/target' }

describe('volumes', () => {
  it('are created once per name, and conflict when the properties differ', async () => {
    const { controller, create, mock } = setup()
    expect(await create('a')).toBe(await create('a'))
    expect(mock.volumes.size).toBe(1)
    const larger = volumeRequest('a', { capacityRange: { requiredBytes: 1n << 30n } })
    await expect(controller.createVolume(larger, {})).rejects.toMatchObject({ code: Code.AlreadyExists })
    const other = volumeRequest('a', { parameters: { type: 'fast' } })
    await expect(controller.createVolume(other, {})).rejects.toMatchObject({ code: Code.AlreadyExists })
  })

  it('are deleted once or more, but not while they are in use', async () => {
    const { controller, create } = setup()
    const volumeId = await create('a')
    await controller.controllerPublishVolume({ volumeId, nodeId: 'node-1', volumeCapability: mountCapability }, {})
    await expect(controller.deleteVolume({ volumeId }, {})).rejects.toMatchObject({ code: Code.FailedPrecondition })
    await controller.controllerUnpublishVolume({ volumeId }, {})
    expect(await controller.deleteVolume({ volumeId }, {})).toEqual({})
    expect(await controller.deleteVolume({ volumeId }, {})).toEqual({})
  })

  it('are listed in pages with the nodes that have them', async () => {
    const { controller, create } = setup()
    const volumeId = await create('a')
    await create('b')
    await controller.controllerPublishVolume({ volumeId, nodeId: 'node-1', volumeCapability: mountCapability }, {})
    const first = await controller.listVolumes({ maxEntries: 1 }, {})
    expect(first.entries).toMatchObject([{ volume: { volumeId }, status: { publishedNodeIds: ['node-1'] } }])
    const second = await controller.listVolumes({ startingToken: first.nextToken }, {})
    expect(second.entries).toHaveLength(1)
    expect(second.nextToken).toBe('')
    await expect(controller.listVolumes({ startingToken: 'invalid-token' }, {})).rejects.toMatchObject({
      code: Code.Aborted,
    })
  })

  it('share a capacity', async () => {
    const { controller, create } = setup({ totalBytes: 3n << 20n })
    await create('a')
    expect((await controller.getCapacity({}, {})).availableCapacity).toBe(2n << 20n)
    const tooLarge = volumeRequest('b', { capacityRange: { requiredBytes: 1n << 30n } })
    await expect(controller.createVolume(tooLarge, {})).rejects.toMatchObject({ code: Code.ResourceExhausted })
  })

  it('grow and never shrink', async () => {
    const { controller, create } = setup()
    const volumeId = await create('a')
    const expand = (requiredBytes: bigint) =>
      controller.controllerExpandVolume({ volumeId, capacityRange: { requiredBytes } }, {})
    expect(await expand(4n << 20n)).toEqual({ capacityBytes: 4n << 20n, nodeExpansionRequired: true })
    expect((await expand(1n)).capacityBytes).toBe(4n << 20n)
  })

  it('are cloned and restored, their source kept in the answer', async () => {
    const { controller, create } = setup()
    const volumeId = await create('a')
    const volumeContentSource = { type: { $case: 'volume' as const, value: { volumeId } } }
    const { volume } = await controller.createVolume(volumeRequest('b', { volumeContentSource }), {})
    expect(volume?.contentSource).toEqual(volumeContentSource)
    const { snapshot } = await controller.createSnapshot({ name: 's', sourceVolumeId: volumeId }, {})
    const fromSnapshot = { type: { $case: 'snapshot' as const, value: { snapshotId: snapshot?.snapshotId ?? '' } } }
    await controller.createVolume(volumeRequest('c', { volumeContentSource: fromSnapshot }), {})
    const small = volumeRequest('d', { volumeContentSource: fromSnapshot, capacityRange: { requiredBytes: 1n } })
    await expect(controller.createVolume(small, {})).rejects.toMatchObject({ code: Code.OutOfRange })
    const missing = { type: { $case: 'snapshot' as const, value: { snapshotId: 'non-existing' } } }
    await expect(
      controller.createVolume(volumeRequest('e', { volumeContentSource: missing }), {}),
    ).rejects.toMatchObject({ code: Code.NotFound })
  })

  it('are modified all or not at all', async () => {
    const { controller, create, mock } = setup()
    const volumeId = await create('a')
    await controller.controllerModifyVolume({ volumeId, mutableParameters: { iops: '5' } }, {})
    const bad = { volumeId, mutableParameters: { iops: '6', invalidKey: 'x' } }
    await expect(controller.controllerModifyVolume(bad, {})).rejects.toMatchObject({ code: Code.InvalidArgument })
    expect(mock.volumes.get(volumeId)?.mutableParameters).toEqual({ iops: '5' })
  })
})

describe('snapshots', () => {
  it('are made once per name and volume, listed, and deleted once or more', async () => {
    const { controller, create } = setup()
    const sourceVolumeId = await create('a')
    const first = await controller.createSnapshot({ name: 's', sourceVolumeId }, {})
    expect(await controller.createSnapshot({ name: 's', sourceVolumeId }, {})).toEqual(first)
    const other = await create('b')
    await expect(controller.createSnapshot({ name: 's', sourceVolumeId: other }, {})).rejects.toMatchObject({
      code: Code.AlreadyExists,
    })
    const snapshotId = first.snapshot?.snapshotId ?? ''
    expect((await controller.listSnapshots({ snapshotId }, {})).entries).toHaveLength(1)
    expect((await controller.listSnapshots({ sourceVolumeId: other }, {})).entries).toHaveLength(0)
    await controller.deleteSnapshot({ snapshotId }, {})
    await controller.deleteSnapshot({ snapshotId }, {})
    expect((await controller.listSnapshots({}, {})).entries).toHaveLength(0)
  })
})

describe('attaching', () => {
  it('is idempotent, knows conflicts, nodes and the limit', async () => {
    const { controller, create } = setup({ maxVolumesPerNode: 1 })
    const volumeId = await create('a')
    const request = { volumeId, nodeId: 'node-1', volumeCapability: mountCapability }
    const first = await controller.controllerPublishVolume(request, {})
    expect(await controller.controllerPublishVolume(request, {})).toEqual(first)
    await expect(controller.controllerPublishVolume({ ...request, readonly: true }, {})).rejects.toMatchObject({
      code: Code.AlreadyExists,
    })
    await expect(controller.controllerPublishVolume({ ...request, nodeId: 'n9' }, {})).rejects.toMatchObject({
      code: Code.NotFound,
    })
    const second = { ...request, volumeId: await create('b') }
    await expect(controller.controllerPublishVolume(second, {})).rejects.toMatchObject({ code: Code.ResourceExhausted })
    await controller.controllerUnpublishVolume({ volumeId }, {})
    await controller.controllerUnpublishVolume({ volumeId: 'unknown' }, {})
    await controller.controllerPublishVolume(second, {})
  })
})

describe('publishing', () => {
  it('needs staging, is idempotent and knows conflicts', async () => {
    const { create, node, mock } = setup()
    const volumeId = await create('a')
    const request = { volumeId, ...paths, volumeCapability: mountCapability }
    await expect(node.nodePublishVolume(request, {})).rejects.toMatchObject({ code: Code.FailedPrecondition })
    await node.nodeStageVolume(request, {})
    await node.nodeStageVolume(request, {})
    await node.nodePublishVolume(request, {})
    await node.nodePublishVolume(request, {})
    await expect(node.nodePublishVolume({ ...request, readonly: true }, {})).rejects.toMatchObject({
      code: Code.AlreadyExists,
    })
    expect((await node.nodeGetVolumeStats({ volumeId, volumePath: '/target' }, {})).usage).toMatchObject([
      { total: 1n << 20n },
    ])
    await expect(node.nodeGetVolumeStats({ volumeId, volumePath: 'some/path' }, {})).rejects.toMatchObject({
      code: Code.NotFound,
    })
    await node.nodeUnpublishVolume({ volumeId, targetPath: '/target' }, {})
    await node.nodeUnpublishVolume({ volumeId, targetPath: '/target' }, {})
    await node.nodeUnstageVolume({ volumeId, stagingTargetPath: '/staging' }, {})
    expect(mock.volumes.get(volumeId)).toMatchObject({ staged: new Map(), published: new Map() })
  })

  it('gives a single writer one path (must get right 6 of the specification)', async () => {
    const { node, create } = setup({
      controllerCapabilities: [
        ControllerCapability.CREATE_DELETE_VOLUME,
        ControllerCapability.SINGLE_NODE_MULTI_WRITER,
      ],
      nodeCapabilities: [NodeCapability.SINGLE_NODE_MULTI_WRITER],
    })
    const volumeId = await create('a')
    const volumeCapability = { ...mountCapability, accessMode: { mode: AccessMode.SINGLE_NODE_SINGLE_WRITER } }
    await node.nodePublishVolume({ volumeId, targetPath: '/a', volumeCapability }, {})
    await expect(node.nodePublishVolume({ volumeId, targetPath: '/b', volumeCapability }, {})).rejects.toMatchObject({
      code: Code.FailedPrecondition,
    })
  })

  it('makes and removes targets when told to', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'csi-'))
    const { create, node } = setup({ makeTargets: true, nodeCapabilities: [] })
    const volumeId = await create('a')
    const targetPath = join(directory, 'target')
    await node.nodePublishVolume({ volumeId, targetPath, volumeCapability: mountCapability }, {})
    expect(await readdir(directory)).toEqual(['target'])
    await node.nodeUnpublishVolume({ volumeId, targetPath }, {})
    await node.nodeUnpublishVolume({ volumeId, targetPath }, {})
    expect(await readdir(directory)).toEqual([])
    await rm(directory, { recursive: true })
  })
})

describe('createMockDriver', () => {
  it('has the methods of the capabilities that it is given', async () => {
    const { controller, identity } = setup({
      controllerCapabilities: [ControllerCapability.LIST_VOLUMES],
      nodeCapabilities: [],
    })
    await controller.listVolumes({}, {})
    await expect(controller.getCapacity({}, {})).rejects.toMatchObject({ code: Code.Unimplemented })
    expect((await identity.getPluginCapabilities({}, {})).capabilities).toHaveLength(1)
    const nodeOnly = setup({ controllerCapabilities: [] })
    expect((await nodeOnly.identity.getPluginCapabilities({}, {})).capabilities).toHaveLength(0)
  })

  it('refuses capabilities that it does not have', () => {
    expect(() => createMockDriver({ controllerCapabilities: [ControllerCapability.GET_SNAPSHOT] })).toThrow(
      'controller capability GET_SNAPSHOT is declared, but there is no getSnapshot',
    )
  })

  it('places volumes by topology', async () => {
    const topology = { 'example.com/zone': 'z1' }
    const { controller, node } = setup({ topology })
    const { volume } = await controller.createVolume(
      volumeRequest('a', { accessibilityRequirements: { requisite: [{ segments: topology }] } }),
      {},
    )
    expect(volume?.accessibleTopology).toEqual([{ segments: topology }])
    expect((await node.nodeGetInfo({}, {})).accessibleTopology).toEqual({ segments: topology })
    const elsewhere = volumeRequest('b', {
      accessibilityRequirements: { requisite: [{ segments: { 'example.com/zone': 'z2' } }] },
    })
    await expect(controller.createVolume(elsewhere, {})).rejects.toMatchObject({ code: Code.ResourceExhausted })
  })

  it('goes on with the state of another, as after a restart, also through text', async () => {
    const before = setup()
    const volumeId = await before.create('a')
    await before.controller.controllerPublishVolume(
      { volumeId, nodeId: 'node-1', volumeCapability: mountCapability },
      {},
    )
    const after = setup({ state: parseState(formatState(before.mock.state)) })
    expect(after.mock.state).toEqual(before.mock.state)
    expect(await after.create('a')).toBe(volumeId)
    expect(await after.create('b')).not.toBe(volumeId)
  })

  it('tells of every change before it answers', async () => {
    const seen: number[] = []
    const { create } = setup({ onChange: (state) => void seen.push(state.volumes.size) })
    await create('a')
    await create('a')
    expect(seen).toEqual([1])
  })
})
