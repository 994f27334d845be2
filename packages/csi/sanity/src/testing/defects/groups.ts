import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong with group snapshots. */
export const groupDefects: readonly Defect[] = [
  {
    id: 'group-member-without-group',
    fault: 'the members of a group snapshot do not say which group they are of',
    rule: 'each member carries group_snapshot_id',
    foundBy: 'CreateVolumeGroupSnapshot: a group has one member for each volume, and the members say so',
    seed: () => ({
      groupController: {
        createVolumeGroupSnapshot: async (r, next) => {
          const { groupSnapshot } = await next(r)
          const snapshots = (groupSnapshot?.snapshots ?? []).map((one) => ({ ...one, groupSnapshotId: '' }))
          return { groupSnapshot: { ...groupSnapshot, snapshots } }
        },
      },
    }),
  },
  {
    id: 'group-incomplete',
    fault: 'CreateVolumeGroupSnapshot leaves out one of the volumes',
    rule: 'a group has a snapshot of each source volume',
    foundBy: 'CreateVolumeGroupSnapshot: a group has one member for each volume, and the members say so',
    seed: () => ({
      groupController: {
        createVolumeGroupSnapshot: (r, next) => next({ ...r, sourceVolumeIds: r.sourceVolumeIds.slice(0, 1) }),
      },
    }),
  },
  {
    id: 'group-second-group',
    fault: 'CreateVolumeGroupSnapshot makes a new group each time, whatever its name',
    rule: 'the same name and the same volumes give the same group',
    foundBy: 'CreateVolumeGroupSnapshot: the same request gives the same group, in whatever order the volumes come',
    seed: () => {
      let made = 0
      return {
        groupController: {
          createVolumeGroupSnapshot: (r, next) => {
            made += 1
            return next({ ...r, name: r.name === '' ? '' : `${made}` })
          },
        },
      }
    },
  },
  {
    id: 'group-order-matters',
    fault: 'CreateVolumeGroupSnapshot answers AlreadyExists when the same volumes come in another order',
    rule: 'the volumes of a group are a set',
    foundBy: 'CreateVolumeGroupSnapshot: the same request gives the same group, in whatever order the volumes come',
    seed: (state) => ({
      groupController: {
        createVolumeGroupSnapshot: async (r, next) => {
          const known = [...state.groups.values()].find(({ name }) => name === r.name)
          if (known !== undefined && known.sourceVolumeIds.join() !== r.sourceVolumeIds.join()) {
            throw new CsiError(Code.AlreadyExists, 'the group is of other volumes')
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'group-other-volumes-ok',
    fault: 'CreateVolumeGroupSnapshot answers with the group of that name although it is of other volumes',
    rule: 'a name that is taken by a group of other volumes is AlreadyExists',
    foundBy: 'CreateVolumeGroupSnapshot: a name that is taken by a group of other volumes is refused',
    seed: (state) => ({
      groupController: {
        createVolumeGroupSnapshot: (r, next) => {
          const known = [...state.groups.values()].find(({ name }) => name === r.name)
          const isEmpty = r.sourceVolumeIds.length === 0
          return next(known === undefined || isEmpty ? r : { ...r, sourceVolumeIds: [...known.sourceVolumeIds] })
        },
      },
    }),
  },
  {
    id: 'group-failure-leaves-members',
    fault: 'a CreateVolumeGroupSnapshot that fails leaves the snapshots that it had made',
    rule: 'a call that fails cleans up the members it has made',
    foundBy: 'CreateVolumeGroupSnapshot: a volume that does not exist is NotFound, and no member is left',
    seed: (state) => ({
      groupController: {
        createVolumeGroupSnapshot: async (r, next) => {
          try {
            return await next(r)
          } catch (error) {
            const source = r.sourceVolumeIds.find((id) => state.volumes.has(id))
            if (source !== undefined && r.name !== '') {
              state.lastId += 1
              const id = `snapshot-left-${state.lastId}`
              state.snapshots.set(id, { id, name: id, sourceVolumeId: source, sizeBytes: 1n, createdMs: 0 })
            }
            throw error
          }
        },
      },
    }),
  },
  {
    id: 'group-delete-keeps-members',
    fault: 'DeleteVolumeGroupSnapshot deletes the group and keeps its members',
    rule: 'the members are deleted with their group',
    foundBy: 'DeleteVolumeGroupSnapshot: the members go with their group, and again it is OK',
    seed: (state) => ({
      groupController: {
        deleteVolumeGroupSnapshot: async (r, next) => {
          if (!state.groups.delete(r.groupSnapshotId)) return await next(r)
          return {}
        },
      },
    }),
  },
  {
    id: 'group-delete-unknown-fails',
    fault: 'DeleteVolumeGroupSnapshot of a group that does not exist answers NotFound',
    rule: 'what is gone is deleted: OK',
    foundBy: 'DeleteVolumeGroupSnapshot: a group that does not exist is gone already',
    seed: (state) => ({
      groupController: {
        deleteVolumeGroupSnapshot: async (r, next) => {
          if (r.groupSnapshotId !== '' && !state.groups.has(r.groupSnapshotId)) {
            throw new CsiError(Code.NotFound, 'no such group')
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'group-get-mismatch-ok',
    fault: 'GetVolumeGroupSnapshot does not look at snapshot_ids',
    rule: 'snapshots that are not the members of the group are InvalidArgument',
    foundBy: 'GetVolumeGroupSnapshot: snapshots that are not its members are refused',
    seed: (state) => ({
      groupController: {
        getVolumeGroupSnapshot: (r, next) => {
          const members = state.groups.get(r.groupSnapshotId)?.snapshotIds
          return next(members === undefined ? r : { ...r, snapshotIds: [...members] })
        },
      },
    }),
  },
  {
    id: 'group-get-unknown-internal',
    fault: 'GetVolumeGroupSnapshot answers Internal for a group that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'GetVolumeGroupSnapshot: a group that does not exist is NotFound',
    seed: (state) => ({
      groupController: {
        getVolumeGroupSnapshot: async (r, next) => {
          if (r.groupSnapshotId !== '' && !state.groups.has(r.groupSnapshotId))
            throw new CsiError(Code.Internal, 'none')
          return await next(r)
        },
      },
    }),
  },
]
