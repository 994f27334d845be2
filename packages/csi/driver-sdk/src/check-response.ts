import type { CreateVolumeResponse, NodeGetInfoResponse } from '@csi-ts/csi-proto'

const maxIdBytes = 128
const maxNodeIdBytes = 256
const maxMapBytes = 4_096

/**
 * What a response breaks of the specification's limits: sizes of ids and contexts, required fields. A list of sentences,
 * empty when all is well. Only told, never enforced: the volume exists already, and a caller that gets no answer would
 * lose it.
 */
export function checkResponse(method: string, response: unknown): readonly string[] {
  if (typeof response !== 'object' || response === null) return []
  switch (method) {
    case 'CreateVolume':
      return checkVolume((response as Partial<CreateVolumeResponse>).volume)
    case 'NodeGetInfo':
      return checkNode(response)
    case 'ControllerPublishVolume':
      return checkMap(
        'publish_context',
        (response as { publishContext?: Readonly<Record<string, string>> }).publishContext,
      )
    default:
      return []
  }
}

function checkVolume(volume: Partial<NonNullable<CreateVolumeResponse['volume']>> | undefined): readonly string[] {
  return [
    ...checkId('volume.volume_id', volume?.volumeId, maxIdBytes),
    ...checkMap('volume.volume_context', volume?.volumeContext),
    ...((volume?.capacityBytes ?? 0n) < 0n ? ['volume.capacity_bytes is negative'] : []),
  ]
}

function checkNode({ nodeId, maxVolumesPerNode = 0n }: Partial<NodeGetInfoResponse>): readonly string[] {
  return [
    ...checkId('node_id', nodeId, maxNodeIdBytes),
    ...(maxVolumesPerNode < 0n ? ['max_volumes_per_node is negative'] : []),
  ]
}

function checkId(field: string, id: string | undefined, maxBytes: number): readonly string[] {
  if (id === undefined || id === '') return [`${field} is missing`]
  const bytes = Buffer.byteLength(id)
  return bytes > maxBytes ? [`${field} has ${bytes} bytes, at most ${maxBytes} are allowed`] : []
}

function checkMap(field: string, map: Readonly<Record<string, string>> = {}): readonly string[] {
  const bytes = Object.entries(map).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  return bytes > maxMapBytes ? [`${field} has ${bytes} bytes, at most ${maxMapBytes} are allowed`] : []
}
