import type { DeepPartial, Snapshot, VolumeGroupSnapshot } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { defineGroupController, type GroupControllerHandlers } from '@csi-ts/driver-sdk'
import type { ModelGroup, ModelState } from './model-state.ts'

/** Group snapshots of the model driver. */
export function createModelGroups(state: ModelState): GroupControllerHandlers {
  return defineGroupController({
    createVolumeGroupSnapshot({ name, sourceVolumeIds }) {
      const known = [...state.groups.values()].find((group) => group.name === name)
      if (known !== undefined) {
        if (isSameSet(known.sourceVolumeIds, sourceVolumeIds)) return { groupSnapshot: toGroup(state, known) }
        throw new CsiError(Code.AlreadyExists, `group ${name} is of other volumes`)
      }
      const missing = sourceVolumeIds.find((id) => !state.volumes.has(id))
      if (missing !== undefined) throw new CsiError(Code.NotFound, `volume ${missing} does not exist`)
      const group = createGroup(state, name, sourceVolumeIds)
      return { groupSnapshot: toGroup(state, group) }
    },

    deleteVolumeGroupSnapshot({ groupSnapshotId, snapshotIds }) {
      const group = state.groups.get(groupSnapshotId)
      if (group === undefined) return {}
      assertMembers(group, snapshotIds)
      for (const id of group.snapshotIds) state.snapshots.delete(id)
      state.groups.delete(groupSnapshotId)
      return {}
    },

    getVolumeGroupSnapshot({ groupSnapshotId, snapshotIds }) {
      const group = state.groups.get(groupSnapshotId)
      if (group === undefined) throw new CsiError(Code.NotFound, `group ${groupSnapshotId} does not exist`)
      assertMembers(group, snapshotIds)
      return { groupSnapshot: toGroup(state, group) }
    },
  })
}

/** The group that a snapshot is a member of. */
export function groupOf(state: ModelState, snapshotId: string | undefined): ModelGroup | undefined {
  return [...state.groups.values()].find(({ snapshotIds }) => snapshotIds.includes(snapshotId ?? ''))
}

function createGroup(state: ModelState, name: string, sourceVolumeIds: readonly string[]): ModelGroup {
  const createdMs = Date.now()
  state.lastId += 1
  const id = `group-${state.lastId}`
  const snapshotIds = sourceVolumeIds.map((sourceVolumeId) => {
    state.lastId += 1
    const memberId = `snapshot-${String(state.lastId).padStart(6, '0')}`
    const sizeBytes = state.volumes.get(sourceVolumeId)?.capacityBytes ?? 0n
    state.snapshots.set(memberId, { id: memberId, name: `${id}/${memberId}`, sourceVolumeId, sizeBytes, createdMs })
    return memberId
  })
  const group: ModelGroup = { id, name, sourceVolumeIds, snapshotIds, createdMs }
  state.groups.set(id, group)
  return group
}

function assertMembers(group: ModelGroup, snapshotIds: readonly string[]): void {
  if (snapshotIds.length === 0 || isSameSet(group.snapshotIds, snapshotIds)) return
  throw new CsiError(Code.InvalidArgument, `snapshot_ids are not the members of group ${group.id}`)
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set([...a, ...b]).size === new Set(a).size && new Set(b).size === new Set(a).size
}

function toGroup(state: ModelState, group: ModelGroup): DeepPartial<VolumeGroupSnapshot> {
  const creationTime = { seconds: BigInt(Math.floor(group.createdMs / 1_000)), nanos: 0 }
  const snapshots: readonly DeepPartial<Snapshot>[] = group.snapshotIds.map((snapshotId) => {
    const { sourceVolumeId = '', sizeBytes = 0n } = state.snapshots.get(snapshotId) ?? {}
    return { snapshotId, sourceVolumeId, sizeBytes, creationTime, readyToUse: true, groupSnapshotId: group.id }
  })
  return { groupSnapshotId: group.id, snapshots: [...snapshots], creationTime, readyToUse: true }
}
