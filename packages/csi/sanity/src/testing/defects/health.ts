import { VolumeHealthErrorType } from '@csi-ts/csi-proto'
import type { Defect } from '../defect.ts'

/** What can go wrong in reports of health. */
export const healthDefects: readonly Defect[] = [
  {
    id: 'health-unknown-ok',
    fault: 'ControllerGetVolumeHealth says that a volume is well that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'ControllerGetVolumeHealth: a volume that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        controllerGetVolumeHealth: async (r, next) =>
          r.volumeId === '' || state.volumes.has(r.volumeId)
            ? await next(r)
            : { volumeHealth: { volumeId: r.volumeId, healthStatuses: [] } },
      },
    }),
  },
  {
    id: 'health-other-volume',
    fault: 'ControllerGetVolumeHealth leaves volume_id empty',
    rule: 'the health says of which volume it is',
    foundBy: 'ControllerGetVolumeHealth: a new volume is described',
    seed: () => ({
      controller: {
        controllerGetVolumeHealth: async (r, next) => ({
          volumeHealth: { ...(await next(r)).volumeHealth, volumeId: '' },
        }),
      },
    }),
  },
  {
    id: 'health-lists-healthy',
    fault: 'ControllerListVolumeHealth lists volumes that are well',
    rule: 'only abnormal volumes are listed',
    foundBy: 'ControllerListVolumeHealth: list and single answers agree',
    seed: (state) => ({
      controller: {
        controllerListVolumeHealth: async (r, next) => {
          const page = await next(r)
          const known = new Set((page.entries ?? []).map(({ volumeId }) => volumeId))
          const well = [...state.volumes.keys()].filter((id) => !known.has(id))
          return { ...page, entries: [...(page.entries ?? []), ...well.map((volumeId) => ({ volumeId }))] }
        },
      },
    }),
  },
  {
    id: 'health-reason-is-a-sentence',
    fault: 'ControllerListVolumeHealth gives a sentence as the reason',
    rule: 'a reason is one CamelCase word',
    foundBy: 'ControllerListVolumeHealth: only volumes that are not well are listed, each once',
    seed: () => ({
      controller: {
        controllerListVolumeHealth: async (r, next) => {
          const page = await next(r)
          const sick = { status: VolumeHealthErrorType.DEGRADED, reason: 'one disk is dead', message: '' }
          return { ...page, entries: (page.entries ?? []).map((one) => ({ ...one, healthStatuses: [sick] })) }
        },
      },
    }),
  },
  {
    id: 'health-list-bad-token-ok',
    fault: 'ControllerListVolumeHealth starts again for a token that it never gave out',
    rule: 'a bad starting_token is Aborted',
    foundBy: 'ControllerListVolumeHealth: a token that is none is Aborted, a negative max_entries refused',
    seed: () => ({
      controller: { controllerListVolumeHealth: (r, next) => next({ ...r, startingToken: '' }) },
    }),
  },
  {
    id: 'node-health-unknown-ok',
    fault: 'NodeGetVolumeHealth says that a volume is well that is not on the node',
    rule: 'a volume that is not on the node is NotFound',
    foundBy: 'NodeGetVolumeHealth: a volume that is not on the node is NotFound',
    seed: (state) => ({
      node: {
        nodeGetVolumeHealth: async (r, next) =>
          r.volumeId === '' || state.volumes.has(r.volumeId)
            ? await next(r)
            : { volumeHealth: { volumeId: r.volumeId, healthStatuses: [] } },
      },
    }),
  },
  {
    id: 'storage-health-reason-missing',
    fault: 'NodeGetStorageHealth reports a back end that is down without a reason',
    rule: 'each entry has a reason, one CamelCase word',
    foundBy: 'NodeGetStorageHealth: each entry has a reason',
    seed: () => ({
      node: { nodeGetStorageHealth: async () => ({ backendHealth: [{ status: 2, reason: '', message: 'down' }] }) },
    }),
  },
]
