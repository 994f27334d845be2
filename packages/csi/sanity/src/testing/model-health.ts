import { type DeepPartial, type VolumeHealth, VolumeHealthErrorType } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { type ControllerHandlers, type NodeHandlers, paginate } from '@csi-ts/driver-sdk'
import type { MockVolume } from '@csi-ts/mock-driver'
import type { ModelState } from './model-state.ts'

/** Health of the model driver: the volume named `degraded` is not well, the storage is. */
export function createModelHealth(state: ModelState): {
  readonly controller: Pick<ControllerHandlers, 'controllerGetVolumeHealth' | 'controllerListVolumeHealth'>
  readonly node: Pick<NodeHandlers, 'nodeGetVolumeHealth' | 'nodeGetStorageHealth'>
} {
  const get = ({ volumeId }: { readonly volumeId: string }): { volumeHealth: DeepPartial<VolumeHealth> } => {
    const volume = state.volumes.get(volumeId)
    if (volume === undefined) throw new CsiError(Code.NotFound, `volume ${volumeId} does not exist`)
    return { volumeHealth: toHealth(volume) }
  }
  return {
    controller: {
      controllerGetVolumeHealth: get,
      controllerListVolumeHealth(request) {
        const sick = [...state.volumes.values()].filter(({ name }) => name === 'degraded')
        const { entries, nextToken } = paginate(sick, request, ({ id }) => id)
        return { entries: entries.map(toHealth), nextToken }
      },
    },
    node: { nodeGetVolumeHealth: get, nodeGetStorageHealth: () => ({ backendHealth: [] }) },
  }
}

function toHealth({ id, name }: MockVolume): DeepPartial<VolumeHealth> {
  const degraded = { status: VolumeHealthErrorType.DEGRADED, reason: 'DiskFailed', message: 'one of two disks is dead' }
  return { volumeId: id, healthStatuses: name === 'degraded' ? [degraded] : [] }
}
