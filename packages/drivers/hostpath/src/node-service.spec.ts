import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessMode } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { LinuxMounter, MountError, MountTimeoutError } from '@csi-ts/mount'
import { FakeMounter } from '@csi-ts/mount/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { call, createHostpathFixture, type HostpathFixture, mountCapability } from './testing/hostpath-fixture.ts'

const unknownId = '01234567-89ab-4def-8123-456789abcdef'
const ctx = { signal: new AbortController().signal, log: silentLogger }

function publish(fixture: HostpathFixture, volumeId: string, name: string, change: object = {}) {
  const request = {
    volumeId,
    stagingTargetPath: fixture.stagingPath,
    targetPath: fixture.targetNamed(name),
    volumeCapability: mountCapability(),
    ...change,
  }
  return fixture.driver().node.nodePublishVolume(request, call)
}

function unpublish(fixture: HostpathFixture, volumeId: string, name: string) {
  return fixture.driver().node.nodeUnpublishVolume({ volumeId, targetPath: fixture.targetNamed(name) }, call)
}

function optionsAt(fixture: HostpathFixture, name: string): Promise<readonly string[] | undefined> {
  return fixture.mounter.table.at(fixture.targetNamed(name)).then((entry) => entry?.options)
}

describe('nodePublishVolume', () => {
  it('shows the volume at the target and takes it away again', async () => {
    await using fixture = await createHostpathFixture({}, new LinuxMounter())
    const volumeId = await fixture.stagedVolume('a')
    const target = fixture.targetNamed('t')
    await publish(fixture, volumeId, 't')
    await writeFile(join(target, 'file'), 'content')
    expect(await readFile(join(fixture.stateDir, volumeId, 'file'), 'utf8')).toBe('content')
    await unpublish(fixture, volumeId, 't')
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual([])
    expect(await readFile(join(fixture.stateDir, volumeId, 'file'), 'utf8')).toBe('content')
  })

  it('is read-only when asked, and writes fail', async () => {
    await using fixture = await createHostpathFixture({}, new LinuxMounter())
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't', { readonly: true })
    const writing = writeFile(join(fixture.targetNamed('t'), 'file'), 'x')
    await expect(writing).rejects.toMatchObject({ code: 'EROFS' })
  })

  it('makes the target for its owner and group only, and does it once', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    await publish(fixture, volumeId, 't')
    // Nothing is visible through a fake mount, so this is the directory below.
    expect((await stat(fixture.targetNamed('t'))).mode & 0o777).toBe(0o750)
    expect(await fixture.mounter.table.stackAt(fixture.targetNamed('t'))).toHaveLength(1)
  })

  it('applies mount flags that a bind mount can have and ignores others', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    const capability = mountCapability()
    const value = { fsType: '', mountFlags: ['nosuid', 'noexec', 'vers=4.1'], volumeMountGroup: '' }
    await publish(fixture, volumeId, 't', {
      volumeCapability: { ...capability, accessType: { $case: 'mount', value } },
    })
    expect(await optionsAt(fixture, 't')).toEqual(expect.arrayContaining(['nosuid', 'noexec']))
  })

  it.each([
    { why: 'an unknown volume', change: { volumeId: unknownId }, code: Code.NotFound },
    { why: 'a hostile volume id', change: { volumeId: '../../etc' }, code: Code.NotFound },
    { why: 'no staging path', change: { stagingTargetPath: '' }, code: Code.InvalidArgument },
    { why: 'another staging path', change: { stagingTargetPath: '/elsewhere' }, code: Code.FailedPrecondition },
    { why: 'a relative target', change: { targetPath: 'some/path' }, code: Code.InvalidArgument },
    { why: 'a target with ..', change: { targetPath: '/tmp/../etc' }, code: Code.InvalidArgument },
    { why: 'a target with a newline', change: { targetPath: '/tmp/a\nb' }, code: Code.InvalidArgument },
    { why: 'a target without a parent', change: { targetPath: '/no/such/parent' }, code: Code.FailedPrecondition },
    {
      why: 'an ephemeral volume',
      change: { volumeContext: { 'csi.storage.k8s.io/ephemeral': 'true' } },
      code: Code.InvalidArgument,
    },
  ])('refuses $why and leaves nothing', async ({ change, code }) => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await expect(publish(fixture, volumeId, 't', change)).rejects.toMatchObject({ code })
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual([])
    expect(await fixture.mounter.table.beneath(fixture.directory)).toEqual([])
    await unpublishedEverywhere(fixture, volumeId)
  })

  it('refuses a volume that is not staged', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    const { node } = fixture.driver()
    await node.nodeUnstageVolume({ volumeId, stagingTargetPath: fixture.stagingPath }, call)
    await expect(publish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.FailedPrecondition })
  })

  it('answers AlreadyExists for the same target with other arguments', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    for (const change of [
      { readonly: true },
      { volumeCapability: mountCapability(AccessMode.MULTI_NODE_MULTI_WRITER) },
    ]) {
      await expect(publish(fixture, volumeId, 't', change)).rejects.toMatchObject({ code: Code.AlreadyExists })
    }
    expect(await optionsAt(fixture, 't')).toContain('rw')
  })

  it('allows several targets, but one only for SINGLE_NODE_SINGLE_WRITER, after a restart too', async () => {
    await using fixture = await createHostpathFixture()
    const many = await fixture.stagedVolume('many')
    await publish(fixture, many, 'a')
    await publish(fixture, many, 'b', { readonly: true })

    const volumeCapability = mountCapability(AccessMode.SINGLE_NODE_SINGLE_WRITER)
    const single = await fixture.stagedVolume('single', AccessMode.SINGLE_NODE_SINGLE_WRITER)
    await publish(fixture, single, 'c', { volumeCapability })
    await fixture.restart()
    const second = publish(fixture, single, 'd', { volumeCapability })
    await expect(second).rejects.toMatchObject({ code: Code.FailedPrecondition })
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual(['a', 'b', 'c'])
    await publish(fixture, single, 'c', { volumeCapability }) // the first one may be repeated
  })

  it('refuses a target where something else is mounted and leaves it there', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    const foreign = join(fixture.directory, 'foreign')
    await mkdir(foreign)
    await mkdir(fixture.targetNamed('t'))
    await fixture.mounter.mount({ source: foreign, target: fixture.targetNamed('t'), options: ['bind'] }, ctx)
    await expect(publish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.AlreadyExists })
    expect(await fixture.mounter.table.stackAt(fixture.targetNamed('t'))).toHaveLength(1)
  })

  it('refuses a link and a file in place of the target', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await symlink('/tmp', fixture.targetNamed('link'))
    await writeFile(fixture.targetNamed('file'), 'precious')
    for (const name of ['link', 'file']) {
      await expect(publish(fixture, volumeId, name)).rejects.toMatchObject({ code: Code.FailedPrecondition })
    }
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual(['file', 'link'])
  })

  it('leaves no directory when mounting fails, and says so in a way that is repeated when it may still happen', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createHostpathFixture({}, mounter)
    const volumeId = await fixture.stagedVolume('a')
    mounter.failNext('mount', new MountError('no memory'))
    await expect(publish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.Internal })
    mounter.failNext('mount', new MountTimeoutError('mount did not end'))
    await expect(publish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.Unavailable })
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual([])
    await publish(fixture, volumeId, 't')
  })

  it('serves one call per volume at a time and volumes beside each other', async () => {
    await using fixture = await createHostpathFixture()
    const [a, b] = [await fixture.stagedVolume('a'), await fixture.stagedVolume('b')]
    const { node } = fixture.driver()
    await node.nodeUnstageVolume({ volumeId: b, stagingTargetPath: fixture.stagingPath }, call)
    await node.nodeStageVolume(
      { volumeId: b, stagingTargetPath: fixture.stagingPath, volumeCapability: mountCapability() },
      call,
    )
    const outcomes = await Promise.allSettled([
      publish(fixture, a, '1'),
      publish(fixture, a, '2'),
      publish(fixture, b, '3'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: Code.Aborted } })
  })
})

describe('nodeUnpublishVolume', () => {
  it('takes off every layer of a stack', async () => {
    await using fixture = await createHostpathFixture({}, new LinuxMounter())
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    const source = join(fixture.stateDir, volumeId)
    await fixture.mounter.mount({ source, target: fixture.targetNamed('t'), options: ['bind'] }, ctx)
    await unpublish(fixture, volumeId, 't')
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual([])
  })

  it('takes off a mount that no record knows', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await mkdir(fixture.targetNamed('t'))
    const source = join(fixture.stateDir, volumeId)
    await fixture.mounter.mount({ source, target: fixture.targetNamed('t'), options: ['bind'] }, ctx)
    await unpublish(fixture, volumeId, 't')
    expect(await fixture.mounter.table.beneath(fixture.directory)).toEqual([])
  })

  it('finds nothing to do when nothing is there', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    for (const id of [volumeId, unknownId, 'fake-vol-id']) await unpublish(fixture, id, 'never')
    const parentless = fixture.driver().node.nodeUnpublishVolume({ volumeId, targetPath: '/no/such/parent/t' }, call)
    expect(await parentless).toEqual({})
  })

  it('keeps data and mount when unmounting fails, and finishes later', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createHostpathFixture({}, mounter)
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    mounter.failNext('unmount', new MountError('target is busy'))
    await expect(unpublish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.Internal })
    expect((await stat(join(fixture.stateDir, volumeId))).isDirectory()).toBe(true)
    await unpublish(fixture, volumeId, 't')
    expect(await fixture.mounter.table.beneath(fixture.directory)).toEqual([])
  })

  it('never removes a directory that has something in it', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await mkdir(fixture.targetNamed('t'))
    await writeFile(join(fixture.targetNamed('t'), 'data'), 'precious')
    await expect(unpublish(fixture, volumeId, 't')).rejects.toMatchObject({ code: Code.FailedPrecondition })
    expect(await readdir(fixture.targetNamed('t'))).toEqual(['data'])
  })

  it("leaves another's mount alone", async () => {
    await using fixture = await createHostpathFixture()
    const [a, b] = [await fixture.stagedVolume('a'), await fixture.stagedVolume('b')]
    await publish(fixture, b, 't')
    await expect(unpublish(fixture, a, 't')).rejects.toMatchObject({ code: Code.FailedPrecondition })
    expect(await fixture.mounter.table.at(fixture.targetNamed('t'))).toBeDefined()
  })
})

describe('staging', () => {
  it('follows the table of the specification', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    const { node } = fixture.driver()
    const stage = (change: object = {}) => {
      const request = {
        volumeId,
        stagingTargetPath: fixture.stagingPath,
        volumeCapability: mountCapability(),
        ...change,
      }
      return node.nodeStageVolume(request, call)
    }
    const unstage = (stagingTargetPath = fixture.stagingPath) =>
      node.nodeUnstageVolume({ volumeId, stagingTargetPath }, call)
    await stage()
    await expect(stage({ stagingTargetPath: '/other' })).rejects.toMatchObject({ code: Code.FailedPrecondition })
    const other = mountCapability(AccessMode.MULTI_NODE_MULTI_WRITER)
    await expect(stage({ volumeCapability: other })).rejects.toMatchObject({ code: Code.AlreadyExists })
    await expect(stage({ volumeId: unknownId })).rejects.toMatchObject({ code: Code.NotFound })

    await publish(fixture, volumeId, 't')
    await expect(unstage()).rejects.toMatchObject({ code: Code.FailedPrecondition })
    await unpublish(fixture, volumeId, 't')
    await unstage('/never/staged/here')
    await unstage()
    await unstage()
    await node.nodeUnstageVolume({ volumeId: unknownId, stagingTargetPath: '/x' }, call)
    await node.nodeUnstageVolume({ volumeId: 'fake-vol-id', stagingTargetPath: '/x' }, call)
  })

  it('asks for an attachment where attaching is switched on', async () => {
    await using fixture = await createHostpathFixture({ enableAttach: true })
    await expect(fixture.stagedVolume('a')).rejects.toMatchObject({ code: Code.FailedPrecondition })
  })
})

describe('nodeGetVolumeStats', () => {
  it('counts bytes and inodes where the volume is published or staged', async () => {
    await using fixture = await createHostpathFixture({}, new LinuxMounter())
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    for (const volumePath of [fixture.targetNamed('t'), fixture.stagingPath]) {
      const { usage } = await fixture.driver().node.nodeGetVolumeStats({ volumeId, volumePath }, call)
      expect(usage.map(({ unit }) => unit)).toEqual([1, 2])
      for (const { total, used, available } of usage) {
        expect(total > 0n && used > 0n && available > 0n && used < total && available < total).toBe(true)
      }
    }
  })

  it.each(['some/path', '/', '/etc', '../x'])('answers NotFound for the path %j', async (volumePath) => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    for (const id of [volumeId, unknownId, 'fake-vol-id']) {
      const stats = fixture.driver().node.nodeGetVolumeStats({ volumeId: id, volumePath }, call)
      await expect(stats).rejects.toMatchObject({ code: Code.NotFound })
    }
  })
})

describe('nodeExpandVolume', () => {
  it('agrees where the volume is, up to the limit of the node', async () => {
    await using fixture = await createHostpathFixture({ maxVolumeSizeNodeBytes: 5n << 20n })
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId, 't')
    const expand = (change: object) =>
      fixture.driver().node.nodeExpandVolume({ volumeId, volumePath: fixture.targetNamed('t'), ...change }, call)
    expect(await expand({})).toEqual({ capacityBytes: 1n << 20n })
    expect(await expand({ capacityRange: { requiredBytes: 5n << 20n } })).toEqual({ capacityBytes: 5n << 20n })
    await expect(expand({ capacityRange: { requiredBytes: 6n << 20n } })).rejects.toMatchObject({
      code: Code.OutOfRange,
    })
    await expect(expand({ volumePath: 'some/path' })).rejects.toMatchObject({ code: Code.NotFound })
  })
})

describe('nodeGetInfo and capabilities', () => {
  it('name the node, its limit and its topology', async () => {
    await using fixture = await createHostpathFixture({ maxVolumesPerNode: 7 })
    expect(await fixture.driver().node.nodeGetInfo({}, call)).toMatchObject({
      nodeId: 'node-1',
      maxVolumesPerNode: 7n,
      accessibleTopology: { segments: { 'topology.hostpath.csi/node': 'node-1' } },
    })
    const limited = await fixture.restart({ attachLimit: 3, enableTopology: false })
    expect(await limited.node.nodeGetInfo({}, call)).toMatchObject({
      maxVolumesPerNode: 3n,
      accessibleTopology: undefined,
    })
    const random = await fixture.restart({ attachLimit: -1 })
    const { maxVolumesPerNode } = await random.node.nodeGetInfo({}, call)
    expect(maxVolumesPerNode >= 1n && maxVolumesPerNode <= 10n).toBe(true)
  })

  it('are exactly those of the methods that are there', async () => {
    await using fixture = await createHostpathFixture()
    const numbers = async () => {
      const { controller, node, identity } = fixture.driver()
      const [c, n, p] = [
        await controller.controllerGetCapabilities({}, call),
        await node.nodeGetCapabilities({}, call),
        await identity.getPluginCapabilities({}, call),
      ]
      return [c, n, p].map(({ capabilities }) => capabilities.map(({ type }) => type?.value.type))
    }
    expect(await numbers()).toEqual([
      [1, 3, 4, 9, 12, 13],
      [1, 2, 3, 5],
      [1, 2],
    ])
    await fixture.restart({
      enableAttach: true,
      enableControllerModifyVolume: true,
      enableControllerExpansion: false,
      enableNodeExpansion: false,
      enableTopology: false,
    })
    expect(await numbers()).toEqual([[1, 2, 3, 4, 12, 13, 14], [1, 2, 5], [1]])
  })
})

async function unpublishedEverywhere(fixture: HostpathFixture, volumeId: string): Promise<void> {
  // Unstaging refuses while anything is recorded as published.
  await fixture.driver().node.nodeUnstageVolume({ volumeId, stagingTargetPath: fixture.stagingPath }, call)
}
