import {
  ControllerCapability,
  type CreateVolumeGroupSnapshotRequest,
  type DeepPartial,
  GroupControllerCapability,
  type VolumeGroupSnapshot,
} from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { snapshotIds } from './volume-ids.ts'

const gate: Gate = {
  controller: [ControllerCapability.CREATE_DELETE_VOLUME],
  groupController: [GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT],
}
const noGroup = 'sanity-no-such-group'

/** Snapshots of several volumes at one moment. Specification: "Group Controller Service RPC". */
export const groupCases: readonly ConformanceCase[] = [
  {
    name: 'GroupControllerGetCapabilities: no capability is UNKNOWN',
    gate: { groupController: [] },
    async run(t) {
      const { capabilities } = await t.driver.groupController.groupControllerGetCapabilities({}, t.call())
      check(
        capabilities.every(({ type }) => (type?.value.type ?? 0) > 0),
        'an entry is UNKNOWN or says nothing',
      )
    },
  },
  {
    name: 'CreateVolumeGroupSnapshot: a group has one member for each volume, and the members say so',
    gate,
    async run(t) {
      const sourceVolumeIds = await twoVolumes(t)
      const group = await createGroup(t, { sourceVolumeIds })
      check(group.creationTime !== undefined, 'creation_time is not set')
      const sources = group.snapshots.map((member) => member.sourceVolumeId)
      checkEqual(sources.toSorted(), sourceVolumeIds.toSorted(), 'the volumes of the members')
      for (const { snapshotId, groupSnapshotId } of group.snapshots) {
        check(snapshotId !== '', 'a member has no snapshot_id')
        checkEqual(groupSnapshotId, group.groupSnapshotId, `group_snapshot_id of member ${snapshotId}`)
      }
      const isReady = !group.readyToUse || group.snapshots.every((member) => member.readyToUse)
      check(isReady, 'the group is ready to use, one of its members is not')
    },
  },
  {
    name: 'CreateVolumeGroupSnapshot: members are snapshots as others are',
    gate: {
      ...gate,
      controller: [ControllerCapability.CREATE_DELETE_VOLUME, ControllerCapability.CREATE_DELETE_SNAPSHOT],
    },
    async run(t) {
      const group = await createGroup(t, { sourceVolumeIds: await twoVolumes(t) })
      for (const { snapshotId } of group.snapshots) {
        const volumeContentSource = { type: { $case: 'snapshot' as const, value: { snapshotId } } }
        await t.createVolume({ volumeContentSource })
      }
    },
  },
  {
    name: 'CreateVolumeGroupSnapshot: the same request gives the same group, in whatever order the volumes come',
    gate,
    async run(t) {
      const sourceVolumeIds = await twoVolumes(t)
      const name = t.uniqueName('group')
      const first = await createGroup(t, { name, sourceVolumeIds })
      for (const ids of [sourceVolumeIds, sourceVolumeIds.toReversed()]) {
        const again = await createGroup(t, { name, sourceVolumeIds: ids })
        checkEqual(again.groupSnapshotId, first.groupSnapshotId, 'group_snapshot_id of a repeated call')
        checkEqual(memberIds(again).toSorted(), memberIds(first).toSorted(), 'the members of a repeated call')
      }
    },
  },
  {
    name: 'CreateVolumeGroupSnapshot: a name that is taken by a group of other volumes is refused',
    gate,
    async run(t) {
      const [one = '', other = ''] = await twoVolumes(t)
      const name = t.uniqueName('group')
      await createGroup(t, { name, sourceVolumeIds: [one] })
      const call = tryCreateGroup(t, { name, sourceVolumeIds: [one, other] })
      await checkRejects(call, Code.AlreadyExists, 'the same name with another volume more')
    },
  },
  {
    name: 'CreateVolumeGroupSnapshot: a volume that does not exist is NotFound, and no member is left',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const before = await snapshotIds(t)
      const call = tryCreateGroup(t, { sourceVolumeIds: [volumeId, 'sanity-no-such-volume'] })
      await checkRejects(call, Code.NotFound, 'a group with a volume that does not exist')
      checkEqual([...(await snapshotIds(t))].toSorted(), [...before].toSorted(), 'the ids of all snapshots')
    },
  },
  {
    name: 'GetVolumeGroupSnapshot: the group is the one that was made',
    gate,
    async run(t) {
      const made = await createGroup(t, { sourceVolumeIds: await twoVolumes(t) })
      const group = await getGroup(t, made.groupSnapshotId, memberIds(made))
      checkEqual(group?.groupSnapshotId, made.groupSnapshotId, 'group_snapshot_id')
      checkEqual(memberIds(group ?? made).toSorted(), memberIds(made).toSorted(), 'the members')
    },
  },
  {
    name: 'GetVolumeGroupSnapshot: snapshots that are not its members are refused',
    gate,
    async run(t) {
      const [one = '', other = ''] = await twoVolumes(t)
      const first = await createGroup(t, { sourceVolumeIds: [one] })
      const second = await createGroup(t, { sourceVolumeIds: [other] })
      const call = getGroup(t, first.groupSnapshotId, memberIds(second))
      await checkRejects(call, Code.InvalidArgument, 'the members of another group')
    },
  },
  {
    name: 'GetVolumeGroupSnapshot: a group that does not exist is NotFound',
    gate: { groupController: gate.groupController ?? [] },
    async run(t) {
      const call = getGroup(t, noGroup, ['sanity-no-such-snapshot'])
      await checkRejects(call, Code.NotFound, 'a group that does not exist')
    },
  },
  {
    name: 'DeleteVolumeGroupSnapshot: the members go with their group, and again it is OK',
    gate,
    async run(t) {
      const before = await snapshotIds(t)
      const group = await createGroup(t, { sourceVolumeIds: await twoVolumes(t) })
      for (const _ of [1, 2]) await deleteGroup(t, group.groupSnapshotId, memberIds(group))
      const call = getGroup(t, group.groupSnapshotId, memberIds(group))
      await checkRejects(call, Code.NotFound, 'GetVolumeGroupSnapshot of a deleted group')
      checkEqual([...(await snapshotIds(t))].toSorted(), [...before].toSorted(), 'the ids of all snapshots')
    },
  },
  {
    name: 'DeleteVolumeGroupSnapshot: a group that does not exist is gone already',
    gate: { groupController: gate.groupController ?? [] },
    async run(t) {
      await deleteGroup(t, noGroup, [])
      await deleteGroup(t, noGroup, ['sanity-no-such-snapshot'])
    },
  },
]

async function twoVolumes(t: CaseContext): Promise<string[]> {
  return [(await t.createVolume()).volumeId, (await t.createVolume()).volumeId]
}

async function tryCreateGroup(
  t: CaseContext,
  change: DeepPartial<CreateVolumeGroupSnapshotRequest>,
): Promise<VolumeGroupSnapshot> {
  const request = {
    name: t.uniqueName('group'),
    parameters: t.options.snapshotParameters,
    secrets: t.secrets('CreateVolumeGroupSnapshot'),
    ...change,
  }
  const { groupSnapshot: group } = await t.driver.groupController.createVolumeGroupSnapshot(request, t.call())
  check(group !== undefined && group.groupSnapshotId !== '', 'CreateVolumeGroupSnapshot answers without an id')
  const { groupSnapshotId } = group
  t.defer(`DeleteVolumeGroupSnapshot ${groupSnapshotId}`, () => deleteGroup(t, groupSnapshotId, memberIds(group)))
  return group
}

function createGroup(
  t: CaseContext,
  change: DeepPartial<CreateVolumeGroupSnapshotRequest>,
): Promise<VolumeGroupSnapshot> {
  const request = { name: t.uniqueName('group'), ...change }
  return t.repeat(
    () => tryCreateGroup(t, request),
    ({ readyToUse }) => readyToUse,
  )
}

async function getGroup(
  t: CaseContext,
  groupSnapshotId: string,
  members: readonly string[],
): Promise<VolumeGroupSnapshot | undefined> {
  const secrets = t.secrets('GetVolumeGroupSnapshot')
  const request = { groupSnapshotId, snapshotIds: [...members], secrets }
  return (await t.driver.groupController.getVolumeGroupSnapshot(request, t.call())).groupSnapshot
}

async function deleteGroup(t: CaseContext, groupSnapshotId: string, members: readonly string[]): Promise<void> {
  const secrets = t.secrets('DeleteVolumeGroupSnapshot')
  const request = { groupSnapshotId, snapshotIds: [...members], secrets }
  await t.repeat(() => t.driver.groupController.deleteVolumeGroupSnapshot(request, t.call()))
}

function memberIds({ snapshots }: VolumeGroupSnapshot): string[] {
  return snapshots.map(({ snapshotId }) => snapshotId)
}
