import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ControllerService, NodeService } from '@csi-ts/csi-proto'
import { type Client, createClient, openChannel } from '@csi-ts/csi-rpc'
import { LinuxMounter } from '@csi-ts/mount'
import { createMountFixture, type MountFixture } from '@csi-ts/mount/testing'
import { describe, expect, it } from 'vitest'
import { call, mountCapability, volumeRequest } from './testing/hostpath-fixture.ts'

interface Running {
  readonly child: ChildProcess
  readonly controller: Client<typeof ControllerService>
  readonly node: Client<typeof NodeService>
  readonly close: () => void
}

/** The driver as a process of its own, over folders that outlive it. */
async function setup(): Promise<MountFixture & { start: () => Promise<Running>; targets: string; stateDir: string }> {
  const fixture = await createMountFixture(new LinuxMounter())
  const stateDir = await fixture.directoryNamed('state')
  for (const folder of ['volumes', 'node']) await mkdir(join(stateDir, folder))
  const targets = await fixture.directoryNamed('targets')
  const endpoint = `unix://${fixture.directory}/csi.sock`
  const main = join(import.meta.dirname, 'main.ts')
  const argv = [
    '--conditions=@csi-ts/source',
    main,
    `--endpoint=${endpoint}`,
    `--statedir=${stateDir}`,
    '--nodeid=node-1',
  ]
  return {
    ...fixture,
    stateDir,
    targets,
    async start() {
      const child = spawn(process.execPath, argv, { stdio: 'ignore' })
      const channel = openChannel({ address: endpoint, maxReconnectMs: 50 })
      await channel.waitForReady(15_000)
      const [controller, node] = [createClient(ControllerService, channel), createClient(NodeService, channel)]
      return { child, controller, node, close: () => channel.close() }
    },
  }
}

async function kill({ child, close }: Running): Promise<void> {
  close()
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

/** Makes a call and kills the driver at its n-th change to one of the folders, or when it has answered. */
async function killedAtChange(
  n: number,
  running: Running,
  folders: readonly string[],
  make: () => Promise<unknown>,
): Promise<void> {
  let changes = 0
  const watchers: FSWatcher[] = folders.map((folder) =>
    watch(folder, () => {
      if (++changes === n) running.child.kill('SIGKILL')
    }),
  )
  // The answer, if any, is lost on purpose: the caller only knows to ask again.
  await make().catch(() => {})
  for (const watcher of watchers) watcher.close()
  await kill(running)
}

describe('kill -9 at any change on disk, then a restart and the same call again', () => {
  it.each([1, 2, 4, 6])('leaves nothing wrong at change %i of each call', { timeout: 60_000 }, async (n) => {
    await using fixture = await setup()
    const { start, stateDir, targets, directory, mounter } = fixture
    const folders = [stateDir, join(stateDir, 'volumes'), join(stateDir, 'node'), targets]
    const stagingTargetPath = join(directory, 'staging')
    const volumeCapability = mountCapability()

    const creating = await start()
    await killedAtChange(n, creating, folders, () => creating.controller.createVolume(volumeRequest('a'), call))

    const publishing = await start()
    const { volume } = await publishing.controller.createVolume(volumeRequest('a'), call)
    expect((await publishing.controller.listVolumes({}, call)).entries).toHaveLength(1)
    expect(await readdir(join(stateDir, 'volumes'))).toEqual([`${volume?.volumeId}.json`])
    const volumeId = volume?.volumeId ?? ''
    await writeFile(join(stateDir, volumeId, 'file'), 'content')
    await publishing.node.nodeStageVolume({ volumeId, stagingTargetPath, volumeCapability }, call)
    const publish = { volumeId, stagingTargetPath, targetPath: join(targets, 't'), volumeCapability, readonly: true }
    await killedAtChange(n, publishing, folders, () => publishing.node.nodePublishVolume(publish, call))

    const unpublishing = await start()
    await unpublishing.node.nodePublishVolume(publish, call)
    expect(await mounter.table.stackAt(publish.targetPath)).toHaveLength(1)
    await expect(writeFile(join(publish.targetPath, 'file'), 'x')).rejects.toMatchObject({ code: 'EROFS' })
    const unpublish = { volumeId, targetPath: publish.targetPath }
    await killedAtChange(n, unpublishing, folders, () => unpublishing.node.nodeUnpublishVolume(unpublish, call))

    const deleting = await start()
    await deleting.node.nodeUnpublishVolume(unpublish, call)
    expect(await readdir(targets)).toEqual([])
    expect(await mounter.table.beneath(directory)).toEqual([])
    expect(await readdir(join(stateDir, volumeId))).toEqual(['file'])
    await deleting.node.nodeUnstageVolume({ volumeId, stagingTargetPath }, call)
    await killedAtChange(n, deleting, folders, () => deleting.controller.deleteVolume({ volumeId }, call))

    const last = await start()
    await last.controller.deleteVolume({ volumeId }, call)
    expect((await last.controller.listVolumes({}, call)).entries).toEqual([])
    expect((await readdir(stateDir, { recursive: true })).toSorted()).toEqual(['node', 'volumes'])
    await kill(last)
  })
})
