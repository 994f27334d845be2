import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { ControllerHandlers } from '@csi-ts/driver-sdk'
import { withCsiErrors } from './errors.ts'
import type { ResolvedHostpathOptions } from './hostpath-options.ts'
import type { Volume } from './volume.ts'
import { parseCapability } from './volume-capability.ts'
import { parseVolumeId } from './volume-id.ts'
import { type HostpathState, withVolume } from './volumes.ts'

/** ControllerPublishVolume and its counterpart: bookkeeping for orchestrators that attach first (`--enable-attach`). */
export function attachHandlers(state: HostpathState, options: ResolvedHostpathOptions): ControllerHandlers {
  const { store, locks, nodeRecords } = state
  const { nodeId: ownNodeId, attachLimit, checkVolumeLifecycle } = options
  return {
    async controllerPublishVolume({ volumeId, nodeId, volumeCapability, readonly }) {
      parseCapability(volumeCapability)
      return withVolume(state, volumeId, async (volume) => {
        if (nodeId !== ownNodeId) throw unknownNode(nodeId, ownNodeId)
        if (volume.attachment !== undefined) {
          if (volume.attachment.readonly === readonly) return { publishContext: {} }
          const how = volume.attachment.readonly ? 'read-only' : 'writable'
          throw new CsiError(Code.AlreadyExists, `volume ${volume.id} is already attached ${how}`)
        }
        const attached = store.list().filter(({ attachment }) => attachment !== undefined).length
        if (attachLimit > 0 && attached >= attachLimit) {
          throw new CsiError(Code.ResourceExhausted, `node ${nodeId} has its limit of ${attachLimit} volumes attached`)
        }
        await put(state, { ...volume, attachment: { nodeId, readonly } })
        return { publishContext: {} }
      })
    },

    async controllerUnpublishVolume({ volumeId, nodeId }) {
      const id = parseVolumeId(volumeId)
      if (id === undefined) return {}
      return locks.run(id, async () => {
        const volume = store.get(id)
        if (volume?.attachment === undefined) return {}
        if (nodeId !== '' && nodeId !== ownNodeId) throw unknownNode(nodeId, ownNodeId)
        const use = nodeRecords.get(id)
        if (checkVolumeLifecycle && use.staged.length + use.published.length > 0) {
          throw new CsiError(Code.FailedPrecondition, `volume ${id} is still staged or published on ${ownNodeId}`)
        }
        const { attachment: _, ...detached } = volume
        await put(state, detached)
        return {}
      })
    },
  }
}

function put({ store }: HostpathState, volume: Volume): Promise<void> {
  return withCsiErrors('other', () => store.put(volume))
}

function unknownNode(nodeId: string, ownNodeId: string): CsiError {
  return new CsiError(Code.NotFound, `node ${JSON.stringify(nodeId)} is not served here, but ${ownNodeId} is`)
}
