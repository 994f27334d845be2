import { ControllerCapability, NodeCapability } from '@csi-ts/csi-proto'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, toCsiError } from '../check.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { publish, stage, unpublish } from '../place-volume.ts'
import { snapshotIds, volumeIds } from './volume-ids.ts'

const { CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, LIST_SNAPSHOTS, LIST_VOLUMES } = ControllerCapability

/** What survives a driver that stops and starts again, at rest and in the middle of a call. */
export const restartCases: readonly ConformanceCase[] = [
  {
    name: 'Restart: a volume is the same volume afterwards',
    gate: { controller: [CREATE_DELETE_VOLUME], needs: ['restart'] },
    async run(t) {
      const change = { name: t.uniqueName() }
      const before = await t.createVolume(change)
      await t.restart()
      checkEqual(await t.createVolume(change), before, 'the volume after the restart')
    },
  },
  {
    name: 'Restart: what was made is listed afterwards',
    gate: { controller: [CREATE_DELETE_VOLUME, LIST_VOLUMES], needs: ['restart'] },
    async run(t) {
      await t.createVolume()
      const before = await volumeIds(t)
      await t.restart()
      checkEqual([...(await volumeIds(t))].toSorted(), [...before].toSorted(), 'the ids after the restart')
    },
  },
  {
    name: 'Restart: snapshots are listed afterwards',
    gate: { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, LIST_SNAPSHOTS], needs: ['restart'] },
    async run(t) {
      await t.createSnapshot((await t.createVolume()).volumeId)
      const before = await snapshotIds(t)
      await t.restart()
      checkEqual([...(await snapshotIds(t))].toSorted(), [...before].toSorted(), 'the ids after the restart')
    },
  },
  {
    name: 'Restart: a CreateVolume that it cuts short is taken up again',
    gate: { controller: [CREATE_DELETE_VOLUME], needs: ['restart'] },
    async run(t) {
      const change = { name: t.uniqueName() }
      const known = await volumeIds(t)
      // Whatever becomes of this call, its caller repeats it.
      const [outcome] = await Promise.allSettled([t.tryCreateVolume(change), t.restart()])
      if (outcome.status === 'rejected') toCsiError(outcome.reason)
      const { volumeId } = await t.createVolume(change)
      checkEqual((await t.createVolume(change)).volumeId, volumeId, 'volume_id of the second call')
      const added = (await volumeIds(t)).filter((id) => !known.includes(id))
      check(added.length <= 1, `one name made the volumes ${added.join(', ')}`)
    },
  },
  {
    name: 'Restart: a published volume is published again and then unpublished, as if nothing had been',
    gate: { node: [], needs: ['restart', 'volumes on the node'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const targetPath = await publish(t, staged)
      await t.restart()
      await publish(t, staged)
      await unpublish(t, staged.volume.volumeId, targetPath)
      checkEqual(await t.options.paths.kindOf(targetPath), 'not_found', `${targetPath} after NodeUnpublishVolume`)
    },
  },
  {
    name: 'Restart: figures of a published volume are there afterwards',
    gate: { node: [NodeCapability.GET_VOLUME_STATS], needs: ['restart', 'volumes on the node'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const volumePath = await publish(t, staged)
      await t.restart()
      check((await usageOf(t, staged.volume.volumeId, volumePath)) > 0, 'usage is empty')
    },
  },
]

async function usageOf(t: CaseContext, volumeId: string, volumePath: string): Promise<number> {
  return (await t.driver.node.nodeGetVolumeStats({ volumeId, volumePath }, t.call())).usage.length
}
