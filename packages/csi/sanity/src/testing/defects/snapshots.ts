import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong with snapshots. */
export const snapshotDefects: readonly Defect[] = [
  {
    id: 'snapshot-other-source-ok',
    fault: 'CreateSnapshot answers with the snapshot of that name although it is of another volume',
    rule: 'a name that is taken by a snapshot of another volume is AlreadyExists',
    foundBy: 'CreateSnapshot: a name that is taken by a snapshot of another volume is refused',
    seed: (state) => ({
      controller: {
        createSnapshot: (r, next) => {
          const known = [...state.snapshots.values()].find(({ name }) => name === r.name)
          return next(
            known === undefined || r.sourceVolumeId === '' ? r : { ...r, sourceVolumeId: known.sourceVolumeId },
          )
        },
      },
    }),
  },
  {
    id: 'snapshot-time-changes',
    fault: 'CreateSnapshot answers with the time of the call, not with that of the snapshot',
    rule: 'a repeated call gives the same answer',
    foundBy: 'CreateSnapshot: the same request gives the same snapshot, byte for byte',
    seed: () => {
      let seconds = 1_000n
      return {
        controller: {
          createSnapshot: async (r, next) => {
            seconds += 1n
            return { snapshot: { ...(await next(r)).snapshot, creationTime: { seconds, nanos: 0 } } }
          },
        },
      }
    },
  },
  {
    id: 'snapshot-time-missing',
    fault: 'CreateSnapshot leaves creation_time unset',
    rule: 'creation_time is required',
    foundBy: 'CreateSnapshot: a snapshot says what it is of, how large and when',
    seed: () => ({
      controller: {
        createSnapshot: async (r, next) => ({ snapshot: { ...(await next(r)).snapshot, creationTime: undefined } }),
      },
    }),
  },
  {
    id: 'snapshot-unknown-volume-internal',
    fault: 'CreateSnapshot answers Internal when the volume does not exist',
    rule: 'a volume that does not exist is NotFound',
    foundBy: 'CreateSnapshot: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        createSnapshot: async (r, next) => {
          const isChecked = r.name !== '' && r.sourceVolumeId !== ''
          if (isChecked && !state.volumes.has(r.sourceVolumeId)) throw new CsiError(Code.Internal, 'lookup failed')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'snapshot-delete-does-nothing',
    fault: 'DeleteSnapshot answers OK and keeps the snapshot',
    rule: 'OK means that the snapshot is gone',
    foundBy: 'DeleteSnapshot: what is deleted is not there any more, and can be deleted again',
    seed: () => ({
      controller: { deleteSnapshot: async (r, next) => (r.snapshotId === '' ? await next(r) : {}) },
    }),
  },
  {
    id: 'snapshot-delete-unknown-fails',
    fault: 'DeleteSnapshot of an id that does not exist answers NotFound',
    rule: 'what is gone is deleted: OK',
    foundBy: 'DeleteSnapshot: what does not exist is gone already',
    seed: (state) => ({
      controller: {
        deleteSnapshot: async (r, next) => {
          if (r.snapshotId !== '' && !state.snapshots.has(r.snapshotId))
            throw new CsiError(Code.NotFound, 'no snapshot')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'snapshot-get-unknown-internal',
    fault: 'GetSnapshot answers Internal for an id that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'GetSnapshot: a snapshot that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        getSnapshot: async (r, next) => {
          if (r.snapshotId !== '' && !state.snapshots.has(r.snapshotId)) throw new CsiError(Code.Internal, 'not there')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'snapshot-races',
    fault: 'two calls of CreateSnapshot at the same time with the same name make two snapshots',
    rule: 'the second call answers Aborted or joins the first',
    foundBy: 'CreateSnapshot: calls at the same time with the same name make one snapshot',
    seed: (state) => {
      let running = 0
      return {
        controller: {
          createSnapshot: async (r, next) => {
            const isKnown = [...state.snapshots.values()].some(({ name }) => name === r.name)
            running += 1
            const name = running > 1 && !isKnown && r.name !== '' ? `${r.name.slice(0, 120)}~${running}` : r.name
            await new Promise((resolve) => setImmediate(resolve))
            try {
              return await next({ ...r, name })
            } finally {
              running -= 1
            }
          },
        },
      }
    },
  },
]
