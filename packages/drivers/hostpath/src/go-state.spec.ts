import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { GoStateError } from './go-state.ts'
import { call, createHostpathFixture, type HostpathFixture, mountCapability } from './testing/hostpath-fixture.ts'

const volumeId = '2f8d7c1e-6e3c-11f0-9f3b-0242ac110002'

/** As the Go driver writes it: no tags, null for empty lists. */
function goVolume(change: object = {}): object {
  return {
    VolName: 'pvc-1',
    VolID: volumeId,
    VolSize: 1_048_576,
    VolPath: `/csi-data-dir/${volumeId}`,
    VolAccessType: 0,
    ParentVolID: '',
    ParentSnapID: '',
    Ephemeral: false,
    NodeID: '',
    Kind: 'fast',
    ReadOnlyAttach: false,
    Attached: false,
    Staged: ['/var/lib/kubelet/plugins/x/globalmount'],
    Published: ['/var/lib/kubelet/pods/x/mount'],
    ...change,
  }
}

async function writeGoState(
  { stateDir }: HostpathFixture,
  volumes: readonly object[],
  change: object = {},
): Promise<void> {
  const text = JSON.stringify({ Volumes: volumes, Snapshots: null, GroupSnapshots: null, ...change })
  await writeFile(join(stateDir, 'state.json'), text)
}

describe('the state of the Go driver', () => {
  it('is taken over with its data, once', async () => {
    await using fixture = await createHostpathFixture()
    await mkdir(join(fixture.stateDir, volumeId))
    await writeFile(join(fixture.stateDir, volumeId, 'file'), 'content')
    await writeGoState(fixture, [goVolume()])
    for (const _ of ['first start', 'second start']) {
      const { controller } = await fixture.restart({ pools: new Map([['fast', 2n << 20n]]) })
      expect((await controller.listVolumes({}, call)).entries.map(({ volume }) => volume?.volumeId)).toEqual([volumeId])
      expect(await controller.getCapacity({ parameters: { kind: 'fast' } }, call)).toMatchObject({
        availableCapacity: 1n << 20n,
      })
    }
    expect((await readdir(fixture.stateDir)).toSorted()).toEqual([volumeId, 'node', 'state.json.imported', 'volumes'])
    expect(await readFile(join(fixture.stateDir, volumeId, 'file'), 'utf8')).toBe('content')
  })

  it('is recognised by a repeated creation, and can be published and deleted', async () => {
    await using fixture = await createHostpathFixture()
    await mkdir(join(fixture.stateDir, volumeId))
    await writeGoState(fixture, [goVolume()])
    const { controller, node } = await fixture.restart()
    const request = {
      name: 'pvc-1',
      volumeCapabilities: [mountCapability()],
      capacityRange: { requiredBytes: 1n << 20n },
      parameters: { a: 'b' },
    }
    expect(await controller.createVolume(request, call)).toMatchObject({
      volume: { volumeId, volumeContext: { a: 'b' } },
    })
    const larger = controller.createVolume({ ...request, capacityRange: { requiredBytes: 2n << 20n } }, call)
    await expect(larger).rejects.toMatchObject({ code: Code.AlreadyExists })
    const stagingTargetPath = fixture.stagingPath
    const volumeCapability = mountCapability()
    await node.nodeStageVolume({ volumeId, stagingTargetPath, volumeCapability }, call)
    const targetPath = fixture.targetNamed('t')
    await node.nodePublishVolume({ volumeId, stagingTargetPath, targetPath, volumeCapability }, call)
    await node.nodeUnpublishVolume({ volumeId, targetPath }, call)
    await node.nodeUnstageVolume({ volumeId, stagingTargetPath }, call)
    await controller.deleteVolume({ volumeId }, call)
  })

  it('keeps an attachment', async () => {
    await using fixture = await createHostpathFixture({ enableAttach: true })
    await writeGoState(fixture, [goVolume({ Attached: true, NodeID: 'node-1' })])
    const { controller } = await fixture.restart()
    expect(await controller.controllerGetVolume({ volumeId }, call)).toMatchObject({
      status: { publishedNodeIds: ['node-1'] },
    })
  })

  it.each([
    ['snapshots', [goVolume()], { Snapshots: [{ Id: 'x' }] }, 'it has 1 Snapshots, which this driver cannot serve'],
    ['group snapshots', [], { GroupSnapshots: [{ Id: 'x' }] }, 'it has 1 GroupSnapshots'],
    ['a block volume', [goVolume({ VolAccessType: 1 })], {}, `volume 1 ${volumeId} is a block volume`],
    ['an inline volume', [goVolume({ Ephemeral: true })], {}, 'is an inline ephemeral volume'],
    [
      'a hostile id',
      [goVolume(), goVolume({ VolID: '../../etc' })],
      {},
      'volume 2 has the id "../../etc", which is not a UUID',
    ],
    ['no name', [goVolume({ VolName: undefined })], {}, 'has no valid name and size'],
    ['a broken list', [], { Volumes: 'x' }, 'Volumes is not a list'],
  ])('with %s is refused in one line and left as it is', async (_, volumes, change, message) => {
    await using fixture = await createHostpathFixture()
    await writeGoState(fixture, volumes, change)
    const before = await readdir(fixture.stateDir, { recursive: true })
    const starting = fixture.restart()
    await expect(starting).rejects.toThrow(GoStateError)
    await expect(starting).rejects.toThrow(message)
    await expect(starting).rejects.not.toThrow(/\n/)
    expect(await readdir(fixture.stateDir, { recursive: true })).toEqual(before)
    await rename(join(fixture.stateDir, 'state.json'), join(fixture.stateDir, 'aside.json'))
    await fixture.restart()
  })
})
