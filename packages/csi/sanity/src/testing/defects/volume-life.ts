import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong with volumes that exist: deletion, checks, growth, change. */
export const volumeLifeDefects: readonly Defect[] = [
  {
    id: 'delete-unknown-fails',
    fault: 'DeleteVolume of an id that does not exist answers NotFound',
    rule: 'what is gone is deleted: OK',
    foundBy: 'DeleteVolume: an id of another kind is gone already',
    seed: (state) => ({
      controller: {
        deleteVolume: async (r, next) => {
          if (r.volumeId !== '' && !state.volumes.has(r.volumeId)) throw new CsiError(Code.NotFound, 'no such volume')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'delete-odd-id-internal',
    fault: 'DeleteVolume answers Internal for an id that its codec cannot parse',
    rule: 'an id that cannot be is an id that does not exist: OK',
    foundBy: 'DeleteVolume: an id that is a path is gone already',
    seed: () => ({
      controller: {
        deleteVolume: async (r, next) => {
          if (r.volumeId.includes('/')) throw new CsiError(Code.Internal, 'malformed volume id')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'delete-does-nothing',
    fault: 'DeleteVolume answers OK and keeps the volume',
    rule: 'OK means that the volume is gone',
    foundBy: 'DeleteVolume: what is deleted is not there any more',
    seed: () => ({
      controller: {
        deleteVolume: async (r, next) => (r.volumeId === '' ? await next(r) : {}),
      },
    }),
  },
  {
    id: 'delete-in-use',
    fault: 'DeleteVolume deletes a volume that is attached and mounted',
    rule: 'a volume in use is FailedPrecondition',
    foundBy: 'DeleteVolume: a volume that is attached and published is kept',
    seed: (state) => ({
      controller: {
        deleteVolume: async (r, next) => {
          if (r.volumeId === '') return await next(r)
          state.volumes.delete(r.volumeId)
          return {}
        },
      },
    }),
  },
  {
    id: 'delete-takes-snapshots',
    fault: 'DeleteVolume deletes the snapshots of the volume as well',
    rule: 'snapshots outlive their volume, or the deletion is FailedPrecondition',
    foundBy: 'DeleteVolume: snapshots outlive their volume, or keep it',
    seed: (state) => ({
      controller: {
        deleteVolume: async (r, next) => {
          const answer = await next(r)
          for (const [id, { sourceVolumeId }] of state.snapshots) {
            if (sourceVolumeId === r.volumeId) state.snapshots.delete(id)
          }
          return answer
        },
      },
    }),
  },
  {
    id: 'validate-unknown-ok',
    fault: 'ValidateVolumeCapabilities confirms for a volume that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'ValidateVolumeCapabilities: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        validateVolumeCapabilities: async (r, next) => {
          const isUnknown = r.volumeId !== '' && r.volumeCapabilities.length > 0 && !state.volumes.has(r.volumeId)
          return isUnknown ? { confirmed: { volumeCapabilities: r.volumeCapabilities } } : await next(r)
        },
      },
    }),
  },
  {
    id: 'validate-confirms-nothing',
    fault: 'ValidateVolumeCapabilities sets confirmed and leaves it empty',
    rule: 'confirmed repeats what was checked',
    foundBy: 'ValidateVolumeCapabilities: what is confirmed is what was asked',
    seed: () => ({
      controller: {
        validateVolumeCapabilities: async (r, next) => {
          await next(r)
          return { confirmed: {} }
        },
      },
    }),
  },
  {
    id: 'expand-shrinks',
    fault: 'ControllerExpandVolume to less than the volume has makes it smaller',
    rule: 'a volume that is large enough keeps its size',
    foundBy: 'ControllerExpandVolume: a volume that is large enough keeps its size',
    seed: (state) => ({
      controller: {
        controllerExpandVolume: async (r, next) => {
          const volume = state.volumes.get(r.volumeId)
          const requiredBytes = r.capacityRange?.requiredBytes ?? 0n
          if (volume === undefined || requiredBytes <= 0n || requiredBytes > volume.capacityBytes) return await next(r)
          volume.capacityBytes = requiredBytes
          return { capacityBytes: requiredBytes, nodeExpansionRequired: true }
        },
      },
    }),
  },
  {
    id: 'expand-forgets',
    fault: 'ControllerExpandVolume answers the new size and keeps the old one',
    rule: 'after OK the volume has the new size',
    foundBy: 'ControllerExpandVolume: the new size is what is told from then on',
    seed: (state) => ({
      controller: {
        controllerExpandVolume: async (r, next) => {
          const volume = state.volumes.get(r.volumeId)
          const before = volume?.capacityBytes ?? 0n
          const answer = await next(r)
          if (volume !== undefined) volume.capacityBytes = before
          return answer
        },
      },
    }),
  },
  {
    id: 'expand-unknown-internal',
    fault: 'ControllerExpandVolume answers Internal for a volume that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'ControllerExpandVolume: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        controllerExpandVolume: async (r, next) => {
          const isChecked = r.volumeId !== '' && r.capacityRange !== undefined
          if (isChecked && !state.volumes.has(r.volumeId)) throw new CsiError(Code.Internal, 'lookup failed')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'expand-races',
    fault: 'a ControllerExpandVolume during another one answers Internal',
    rule: 'an operation that is pending is Aborted, or joined; a final code says that nothing runs',
    foundBy: 'ControllerExpandVolume: calls at the same time end with the size asked for',
    seed: () => {
      const running = new Set<string>()
      return {
        controller: {
          controllerExpandVolume: async (r, next) => {
            if (running.has(r.volumeId)) throw new CsiError(Code.Internal, 'resize failed: busy')
            running.add(r.volumeId)
            await new Promise((resolve) => setTimeout(resolve, 20))
            try {
              return await next(r)
            } finally {
              running.delete(r.volumeId)
            }
          },
        },
      }
    },
  },
  {
    id: 'modify-unknown-key-ok',
    fault: 'ControllerModifyVolume ignores parameters that it does not know',
    rule: 'a key that is not supported is InvalidArgument',
    foundBy: 'ControllerModifyVolume: a parameter that does not exist is refused, also among right ones',
    seed: () => ({
      controller: {
        controllerModifyVolume: (r, next) => next({ ...r, mutableParameters: {} }),
      },
    }),
  },
  {
    id: 'modify-unknown-volume-ok',
    fault: 'ControllerModifyVolume of a volume that does not exist answers OK',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'ControllerModifyVolume: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        controllerModifyVolume: async (r, next) =>
          r.volumeId === '' || state.volumes.has(r.volumeId) ? await next(r) : {},
      },
    }),
  },
  {
    id: 'modify-missing-id-ok',
    fault: 'ControllerModifyVolume without volume id answers OK',
    rule: 'a required field that is missing is InvalidArgument',
    foundBy: 'ControllerModifyVolume: a request without volume_id is refused, although what it names does not exist',
    seed: () => ({
      controller: { controllerModifyVolume: async (r, next) => (r.volumeId === '' ? {} : await next(r)) },
    }),
  },
  {
    id: 'get-unknown-internal',
    fault: 'ControllerGetVolume answers Internal for a volume that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'ControllerGetVolume: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        controllerGetVolume: async (r, next) => {
          if (r.volumeId !== '' && !state.volumes.has(r.volumeId)) throw new CsiError(Code.Internal, 'lookup failed')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'capacity-negative',
    fault: 'GetCapacity answers -1 for "no idea"',
    rule: 'a capacity is not negative',
    foundBy: 'GetCapacity: a request without anything is answered',
    seed: () => ({ controller: { getCapacity: async () => ({ availableCapacity: -1n }) } }),
  },
]
