import { ControllerCapability, type DeepPartial, type ListSnapshotsRequest, type Snapshot } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects, checkSettled } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { collectPages, snapshotIds } from './volume-ids.ts'

const { CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, LIST_SNAPSHOTS, GET_SNAPSHOT } = ControllerCapability
const gate: Gate = { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT] }
const lists: Gate = { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, LIST_SNAPSHOTS] }
const noSnapshot = 'sanity-no-such-snapshot'
const noVolume = 'sanity-no-such-volume'

/** Snapshots. Specification: "CreateSnapshot", "DeleteSnapshot", "ListSnapshots", "GetSnapshot". */
export const snapshotCases: readonly ConformanceCase[] = [
  {
    name: 'CreateSnapshot: a snapshot says what it is of, how large and when',
    gate,
    async run(t) {
      const { volumeId, capacityBytes } = await t.createVolume()
      const snapshot = await t.createSnapshot(volumeId)
      const bytes = Buffer.byteLength(snapshot.snapshotId)
      check(bytes <= 128, `snapshot_id has ${bytes} bytes, at most 128 are allowed`)
      checkEqual(snapshot.sourceVolumeId, volumeId, 'source_volume_id')
      check(snapshot.creationTime !== undefined && snapshot.creationTime.seconds > 0n, 'creation_time is not set')
      check(snapshot.readyToUse, 'ready_to_use is still false')
      const isSize = snapshot.sizeBytes >= 0n && (capacityBytes === 0n || snapshot.sizeBytes <= capacityBytes)
      check(isSize, `size_bytes is ${snapshot.sizeBytes}: a volume of ${capacityBytes} could not be restored from it`)
    },
  },
  {
    name: 'CreateSnapshot: the same request gives the same snapshot, byte for byte',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const change = { name: t.uniqueName('snapshot') }
      const first = await t.createSnapshot(volumeId, change)
      checkEqual(await t.createSnapshot(volumeId, change), first, 'the snapshot of the second call')
    },
  },
  {
    name: 'CreateSnapshot: a name that is taken by a snapshot of another volume is refused',
    gate,
    async run(t) {
      const change = { name: t.uniqueName('snapshot') }
      await t.createSnapshot((await t.createVolume()).volumeId, change)
      const call = t.tryCreateSnapshot((await t.createVolume()).volumeId, change)
      await checkRejects(call, Code.AlreadyExists, 'the same name for another volume')
    },
  },
  {
    name: 'CreateSnapshot: a name of 128 bytes is a name',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const change = { name: t.uniqueName('snapshot').padEnd(128, 'x') }
      const { snapshotId } = await t.createSnapshot(volumeId, change)
      checkEqual((await t.createSnapshot(volumeId, change)).snapshotId, snapshotId, 'snapshot_id of the second call')
    },
  },
  {
    name: 'CreateSnapshot: a volume that does not exist is NotFound',
    gate: { controller: [CREATE_DELETE_SNAPSHOT] },
    async run(t) {
      await checkRejects(t.tryCreateSnapshot(noVolume), Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'CreateSnapshot: calls at the same time with the same name make one snapshot',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const change = { name: t.uniqueName('snapshot') }
      const calls = await Promise.allSettled([1, 2, 3].map(() => t.tryCreateSnapshot(volumeId, change)))
      const { snapshotId } = await t.createSnapshot(volumeId, change)
      const made = checkSettled(calls, 'the snapshot is being made').map((one) => one.snapshotId)
      checkEqual([...new Set([...made, snapshotId])], [snapshotId], 'the ids of the snapshots')
    },
  },
  {
    name: 'DeleteSnapshot: what does not exist is gone already',
    gate: { controller: [CREATE_DELETE_SNAPSHOT] },
    async run(t) {
      for (const snapshotId of [noSnapshot, '../../etc/passwd', 's'.repeat(128)]) await deleteSnapshot(t, snapshotId)
    },
  },
  {
    name: 'DeleteSnapshot: what is deleted is not there any more, and can be deleted again',
    gate,
    async run(t) {
      const { snapshotId } = await t.createSnapshot((await t.createVolume()).volumeId)
      for (const _ of [1, 2]) await deleteSnapshot(t, snapshotId)
      const source = { type: { $case: 'snapshot' as const, value: { snapshotId } } }
      const call = t.tryCreateVolume({ volumeContentSource: source })
      await checkRejects(call, Code.NotFound, 'CreateVolume from a deleted snapshot')
      check(!(await snapshotIds(t)).includes(snapshotId), 'ListSnapshots lists a deleted snapshot')
    },
  },
  {
    name: 'ListSnapshots: snapshots come and go with CreateSnapshot and DeleteSnapshot',
    gate: lists,
    async run(t) {
      const before = await snapshotIds(t)
      const { snapshotId } = await t.createSnapshot((await t.createVolume()).volumeId)
      checkEqual([...(await snapshotIds(t))].toSorted(), [...before, snapshotId].toSorted(), 'ids after CreateSnapshot')
      await deleteSnapshot(t, snapshotId)
      checkEqual([...(await snapshotIds(t))].toSorted(), [...before].toSorted(), 'the ids after DeleteSnapshot')
    },
  },
  {
    name: 'ListSnapshots: an entry says what CreateSnapshot said',
    gate: lists,
    async run(t) {
      const made = await t.createSnapshot((await t.createVolume()).volumeId)
      checkEqual(await list(t, { snapshotId: made.snapshotId }), [made], 'the snapshots with that id')
    },
  },
  {
    name: 'ListSnapshots: filters by id and by volume hold, alone and together',
    gate: lists,
    async run(t) {
      const [one, other] = [(await t.createVolume()).volumeId, (await t.createVolume()).volumeId]
      const { snapshotId } = await t.createSnapshot(one)
      const second = await t.createSnapshot(other)
      const ids = async (filter: DeepPartial<ListSnapshotsRequest>): Promise<readonly string[]> =>
        (await list(t, filter)).map((snapshot) => snapshot.snapshotId)
      checkEqual(await ids({ snapshotId }), [snapshotId], 'the snapshots with that id')
      checkEqual(await ids({ sourceVolumeId: other }), [second.snapshotId], 'the snapshots of that volume')
      checkEqual(await ids({ snapshotId, sourceVolumeId: other }), [], 'the snapshots with that id of another volume')
    },
  },
  {
    name: 'ListSnapshots: filters that nothing fits give an empty list',
    gate: { controller: [LIST_SNAPSHOTS] },
    async run(t) {
      checkEqual(await list(t, { snapshotId: noSnapshot }), [], 'the snapshots with an id that does not exist')
      checkEqual(await list(t, { sourceVolumeId: noVolume }), [], 'the snapshots of a volume that does not exist')
    },
  },
  {
    name: 'ListSnapshots: pages hold max_entries, and together everything once',
    gate: lists,
    async run(t) {
      const { volumeId } = await t.createVolume()
      for (let count = 0; count < 5; count += 1) await t.createSnapshot(volumeId)
      const all = await snapshotIds(t)
      const paged = await collectPages(async (startingToken) => {
        const request = { startingToken, maxEntries: 2, secrets: t.secrets('ListSnapshots') }
        const { entries, nextToken } = await t.driver.controller.listSnapshots(request, t.call())
        check(entries.length <= 2, `a page has ${entries.length} entries, at most 2 were asked for`)
        return { entries: entries.map(({ snapshot }) => snapshot?.snapshotId ?? ''), nextToken }
      })
      checkEqual([...paged].toSorted(), [...all].toSorted(), 'the ids of all pages')
    },
  },
  {
    name: 'ListSnapshots: a token that is none is Aborted, a negative max_entries refused',
    gate: { controller: [LIST_SNAPSHOTS] },
    async run(t) {
      const secrets = t.secrets('ListSnapshots')
      const token = t.driver.controller.listSnapshots({ startingToken: 'sanity-no-such-token', secrets }, t.call())
      await checkRejects(token, Code.Aborted, 'a token that is none')
      const negative = t.driver.controller.listSnapshots({ maxEntries: -1, secrets }, t.call())
      await checkRejects(negative, Code.InvalidArgument, 'max_entries -1')
    },
  },
  {
    name: 'GetSnapshot: the snapshot is the one that was made',
    gate: { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, GET_SNAPSHOT] },
    async run(t) {
      const made = await t.createSnapshot((await t.createVolume()).volumeId)
      const request = { snapshotId: made.snapshotId, secrets: t.secrets('GetSnapshot') }
      const { snapshot } = await t.driver.controller.getSnapshot(request, t.call())
      checkEqual(snapshot, made, 'the snapshot')
    },
  },
  {
    name: 'GetSnapshot: a snapshot that does not exist is NotFound',
    gate: { controller: [GET_SNAPSHOT] },
    async run(t) {
      const request = { snapshotId: noSnapshot, secrets: t.secrets('GetSnapshot') }
      const call = t.driver.controller.getSnapshot(request, t.call())
      await checkRejects(call, Code.NotFound, 'a snapshot that does not exist')
    },
  },
]

async function deleteSnapshot(t: CaseContext, snapshotId: string): Promise<void> {
  const request = { snapshotId, secrets: t.secrets('DeleteSnapshot') }
  await t.repeat(() => t.driver.controller.deleteSnapshot(request, t.call()))
}

async function list(t: CaseContext, filter: DeepPartial<ListSnapshotsRequest>): Promise<readonly Snapshot[]> {
  return await collectPages(async (startingToken) => {
    const request = { ...filter, startingToken, secrets: t.secrets('ListSnapshots') }
    const { entries, nextToken } = await t.driver.controller.listSnapshots(request, t.call())
    return { entries: entries.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot])), nextToken }
  })
}
