import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Code } from '@csi-ts/csi-rpc'
import { ensureBindMount, LinuxMounter } from '@csi-ts/mount'
import { FakeMounter } from '@csi-ts/mount/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { createHostpathDriver } from './driver.ts'
import {
  call,
  createHostpathFixture,
  type HostpathFixture,
  mountCapability,
  volumeRequest,
} from './testing/hostpath-fixture.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }

function recordPath({ stateDir }: HostpathFixture, volumeId: string): string {
  return join(stateDir, 'volumes', `${volumeId}.json`)
}

async function setPhase(fixture: HostpathFixture, volumeId: string, phase: string): Promise<void> {
  const record = JSON.parse(await readFile(recordPath(fixture, volumeId), 'utf8'))
  await writeFile(recordPath(fixture, volumeId), JSON.stringify({ ...record, phase }))
}

async function created(fixture: HostpathFixture, name = 'a'): Promise<string> {
  const { volume } = await fixture.driver().controller.createVolume(volumeRequest(name), call)
  return volume?.volumeId ?? ''
}

function publish(fixture: HostpathFixture, volumeId: string, change: object = {}) {
  const request = {
    volumeId,
    stagingTargetPath: fixture.stagingPath,
    targetPath: fixture.targetNamed('t'),
    volumeCapability: mountCapability(),
    ...change,
  }
  return fixture.driver().node.nodePublishVolume(request, call)
}

/** What the disk holds after a stop between two steps, made step by step; then the next start. */
describe('a stop during CreateVolume', () => {
  it('between intent and directory leaves nothing after a restart, and the creation can be repeated', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    await setPhase(fixture, volumeId, 'creating')
    await rm(join(fixture.stateDir, volumeId), { recursive: true })
    await fixture.restart()
    expect(await readdir(fixture.stateDir)).toEqual(['node', 'volumes'])
    expect(await readdir(join(fixture.stateDir, 'volumes'))).toEqual([])
    await created(fixture)
  })

  it('between directory and completion leaves nothing after a restart', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    await setPhase(fixture, volumeId, 'creating')
    await fixture.restart()
    expect(await readdir(fixture.stateDir)).toEqual(['node', 'volumes'])
    expect((await fixture.driver().controller.listVolumes({}, call)).entries).toEqual([])
  })

  it('before the answer gives the same volume to the repetition', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    await fixture.restart()
    expect(await created(fixture)).toBe(volumeId)
  })

  it('while a record was written changes nothing', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    await writeFile(join(fixture.stateDir, 'volumes', `${volumeId}.tmp`), '{"version": 1, "id"')
    await fixture.restart()
    expect(await created(fixture)).toBe(volumeId)
    expect(await readdir(join(fixture.stateDir, 'volumes'))).toEqual([`${volumeId}.json`])
  })
})

describe('a stop during DeleteVolume', () => {
  it.each(['before the directory went', 'after half of the directory went', 'after the directory went'])(
    '%s is finished at the next start',
    async (when) => {
      await using fixture = await createHostpathFixture()
      const volumeId = await created(fixture)
      const data = join(fixture.stateDir, volumeId)
      await mkdir(join(data, 'folder'))
      await writeFile(join(data, 'folder', 'file'), 'x')
      await setPhase(fixture, volumeId, 'deleting')
      if (when === 'after half of the directory went') await rm(join(data, 'folder', 'file'))
      if (when === 'after the directory went') await rm(data, { recursive: true })
      await fixture.restart()
      expect(await readdir(fixture.stateDir)).toEqual(['node', 'volumes'])
      expect(await readdir(join(fixture.stateDir, 'volumes'))).toEqual([])
      await fixture.driver().controller.deleteVolume({ volumeId }, call)
    },
  )

  it('is not finished while something is mounted in it; the next DeleteVolume does it', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    const data = join(fixture.stateDir, volumeId)
    await writeFile(join(data, 'file'), 'x')
    await mkdir(join(data, 'inner'))
    await mkdir(join(fixture.directory, 'other'))
    await setPhase(fixture, volumeId, 'deleting')
    await ensureBindMount(
      fixture.mounter,
      { source: join(fixture.directory, 'other'), target: join(data, 'inner'), readonly: false },
      ctx,
    )
    await fixture.restart()
    expect(await readdir(data)).toEqual(['file', 'inner'])
    await fixture.mounter.unmount(join(data, 'inner'), ctx)
    await fixture.driver().controller.deleteVolume({ volumeId }, call)
    expect(await readdir(fixture.stateDir)).toEqual(['node', 'volumes'])
  })
})

describe('a stop during NodePublishVolume', () => {
  it('before the mount leaves nothing published, and publishing can be repeated', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId)
    await fixture.mounter.unmount(fixture.targetNamed('t'), ctx)
    await fixture.restart()
    // Other arguments would be refused were the target still recorded.
    expect(await publish(fixture, volumeId, { readonly: true })).toEqual({})
  })

  it('between the mount and its read-only remount is repaired by the repetition', async () => {
    await using fixture = await createHostpathFixture({}, new LinuxMounter())
    const volumeId = await fixture.stagedVolume('a')
    const target = fixture.targetNamed('t')
    await publish(fixture, volumeId, { readonly: true })
    await fixture.mounter.mount(
      { source: join(fixture.stateDir, volumeId), target, options: ['remount', 'bind', 'rw'] },
      ctx,
    )
    await writeFile(join(target, 'file'), 'the mount is writable now')
    await fixture.restart()
    await publish(fixture, volumeId, { readonly: true })
    await expect(writeFile(join(target, 'file'), 'x')).rejects.toMatchObject({ code: 'EROFS' })
  })

  it('is no reason to refuse NodeUnpublishVolume', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId)
    await rm(join(fixture.stateDir, 'node'), { recursive: true }) // all that was remembered beside the mount table
    const { node } = await fixture.restart()
    await node.nodeUnpublishVolume({ volumeId, targetPath: fixture.targetNamed('t') }, call)
    expect(await fixture.mounter.table.beneath(fixture.directory)).toEqual([])
    expect(await readdir(join(fixture.directory, 'targets'))).toEqual([])
  })
})

describe('a reboot', () => {
  it('forgets staging and publishing and keeps volumes and data', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createHostpathFixture({}, mounter)
    const volumeId = await fixture.stagedVolume('a')
    await publish(fixture, volumeId)
    await writeFile(join(fixture.stateDir, volumeId, 'file'), 'content')
    mounter.reboot()
    const { node } = await fixture.restart({ bootId: 'second-boot' })
    // Staged elsewhere would be refused were the old path still recorded.
    const stagingTargetPath = join(fixture.directory, 'other-staging')
    await node.nodeStageVolume({ volumeId, stagingTargetPath, volumeCapability: mountCapability() }, call)
    await publish(fixture, volumeId, { stagingTargetPath })
    expect(await readFile(join(fixture.stateDir, volumeId, 'file'), 'utf8')).toBe('content')
  })
})

describe('at start', () => {
  it('a record that cannot be read stops the driver in one line with its path', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    await writeFile(recordPath(fixture, volumeId), '{')
    await expect(fixture.restart()).rejects.toThrow(`${recordPath(fixture, volumeId)}: not JSON`)
    await rename(recordPath(fixture, volumeId), `${recordPath(fixture, volumeId)}.aside`)
    await fixture.restart()
  })

  it('a record under the name of another volume stops the driver', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await created(fixture)
    const other = '01234567-89ab-4def-8123-456789abcdef'
    await rename(recordPath(fixture, volumeId), recordPath(fixture, other))
    await expect(fixture.restart()).rejects.toThrow(`id is ${volumeId}`)
  })

  it('an unreadable node record is dropped, as the mount table knows better', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await writeFile(
      join(fixture.stateDir, 'node', `${volumeId}.json`),
      '{"version": 1, "bootId": "first-boot", "staged": 1}',
    )
    await writeFile(join(fixture.stateDir, 'node', 'strange.json'), '{}')
    await fixture.restart()
    expect(await readdir(join(fixture.stateDir, 'node'))).toEqual([])
    await fixture.stagedVolume('a')
  })

  it('directories without a record are left alone', async () => {
    await using fixture = await createHostpathFixture()
    const somebodys = join(fixture.stateDir, '01234567-89ab-4def-8123-456789abcdef')
    await mkdir(somebodys)
    await writeFile(join(somebodys, 'data'), 'precious')
    await fixture.restart()
    expect(await readdir(somebodys)).toEqual(['data'])
  })

  it('a volume without its data is reported and not made anew', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    await rm(join(fixture.stateDir, volumeId), { recursive: true })
    const recorder = createLogRecorder()
    const { stateDir, mounter } = fixture
    await createHostpathDriver({ log: recorder.log, mounter, bootId: 'first-boot' }, { nodeId: 'node-1', stateDir })
    expect(recorder.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toMatchObject([
      { volume: volumeId },
    ])
    await fixture.restart()
    await expect(publish(fixture, volumeId)).rejects.toMatchObject({ code: Code.FailedPrecondition })
  })
})

describe('a full disk', () => {
  it('refuses new volumes with ResourceExhausted and nothing left, and does not stop unpublishing and deleting', async () => {
    const mounter = new LinuxMounter()
    await using fixture = await createHostpathFixture({}, mounter)
    const small = join(fixture.directory, 'small')
    await mkdir(small)
    await mounter.mount({ source: 'small', target: small, fsType: 'tmpfs', options: ['size=256k'] }, ctx)
    const stateDir = join(small, 'state')
    await fixture.restart({ stateDir })
    const volumeId = await fixture.stagedVolume('a')
    for (const name of ['t', 'u']) await publish(fixture, volumeId, { targetPath: fixture.targetNamed(name) })
    const filling = writeFile(join(stateDir, volumeId, 'big'), Buffer.alloc(1 << 20))
    await expect(filling).rejects.toMatchObject({ code: 'ENOSPC' })
    const before = await readdir(stateDir, { recursive: true })

    const { controller, node } = fixture.driver()
    const refused = controller.createVolume(volumeRequest('b'), call)
    await expect(refused).rejects.toMatchObject({ code: Code.ResourceExhausted })
    expect(await readdir(stateDir, { recursive: true })).toEqual(before)

    for (const name of ['t', 'u'])
      await node.nodeUnpublishVolume({ volumeId, targetPath: fixture.targetNamed(name) }, call)
    await node.nodeUnstageVolume({ volumeId, stagingTargetPath: fixture.stagingPath }, call)
    await controller.deleteVolume({ volumeId }, call)
    await controller.createVolume(volumeRequest('b'), call)
  })
})
