import { describe, expect, it } from 'vitest'
import { checkResponse } from './check-response.ts'

describe('checkResponse', () => {
  it.each([
    { method: 'CreateVolume', response: { volume: { volumeId: 'v' } }, problems: [] },
    { method: 'CreateVolume', response: {}, problems: ['volume.volume_id is missing'] },
    {
      method: 'CreateVolume',
      response: { volume: { volumeId: 'ü'.repeat(65), capacityBytes: -1n } },
      problems: ['volume.volume_id has 130 bytes, at most 128 are allowed', 'volume.capacity_bytes is negative'],
    },
    { method: 'NodeGetInfo', response: { nodeId: 'n'.repeat(256) }, problems: [] },
    {
      method: 'NodeGetInfo',
      response: { nodeId: 'n'.repeat(257), maxVolumesPerNode: -1n },
      problems: ['node_id has 257 bytes, at most 256 are allowed', 'max_volumes_per_node is negative'],
    },
    {
      method: 'ControllerPublishVolume',
      response: { publishContext: { key: 'x'.repeat(4_094) } },
      problems: ['publish_context has 4097 bytes, at most 4096 are allowed'],
    },
    { method: 'DeleteVolume', response: {}, problems: [] },
  ])('$method: $problems', ({ method, response, problems }) => {
    expect(checkResponse(method, response)).toEqual(problems)
  })
})
