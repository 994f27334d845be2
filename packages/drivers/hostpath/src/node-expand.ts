import { Code, CsiError } from '@csi-ts/csi-rpc'
import { type NodeHandlers, parseCapacityRange } from '@csi-ts/driver-sdk'
import type { ResolvedHostpathOptions } from './hostpath-options.ts'
import { assertVolumeAt, findVolume, type HostpathState } from './volumes.ts'

/** NodeExpandVolume: a directory has nothing to grow, so this checks and agrees. */
export function nodeExpandHandlers(state: HostpathState, options: ResolvedHostpathOptions): NodeHandlers {
  return {
    async nodeExpandVolume({ volumeId, volumePath, capacityRange }) {
      const volume = findVolume(state.store, volumeId)
      const { requiredBytes } = parseCapacityRange(capacityRange)
      if (requiredBytes > options.maxVolumeSizeNodeBytes) {
        const most = options.maxVolumeSizeNodeBytes
        throw new CsiError(Code.OutOfRange, `${requiredBytes} bytes are more than this node allows: ${most}`)
      }
      assertVolumeAt(state, volume.id, volumePath)
      const grows = requiredBytes > volume.capacityBytes
      return { capacityBytes: grows ? requiredBytes : volume.capacityBytes }
    },
  }
}
