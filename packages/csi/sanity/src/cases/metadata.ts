import {
  BlockMetadataType,
  ControllerCapability,
  type DeepPartial,
  type GetMetadataAllocatedRequest,
  type GetMetadataAllocatedResponse,
  type GetMetadataDeltaRequest,
  PluginService,
} from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'

const plugin = [PluginService.SNAPSHOT_METADATA_SERVICE]
const gate: Gate = {
  plugin,
  controller: [ControllerCapability.CREATE_DELETE_VOLUME, ControllerCapability.CREATE_DELETE_SNAPSHOT],
}
const noSnapshot = 'sanity-no-such-snapshot'
type Message = Pick<GetMetadataAllocatedResponse, 'blockMetadata' | 'blockMetadataType' | 'volumeCapacityBytes'>

/** Which blocks a snapshot has, and which have changed. Specification: "Snapshot Metadata Service RPC". */
export const metadataCases: readonly ConformanceCase[] = [
  {
    name: 'GetMetadataAllocated: ranges ascend, do not overlap and lie within the volume',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      checkStream(await allocated(t, { snapshotId }), 0)
    },
  },
  {
    name: 'GetMetadataAllocated: a message has at most max_results ranges, and nothing is lost by that',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      const all = ranges(await allocated(t, { snapshotId }))
      for (const maxResults of [1, 3]) {
        const messages = await allocated(t, { snapshotId, maxResults })
        checkStream(messages, maxResults)
        checkEqual(ranges(messages), all, `the ranges with max_results ${maxResults}`)
      }
    },
  },
  {
    name: 'GetMetadataAllocated: from any offset on, it is what the whole stream has from there on',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      const all = ranges(await allocated(t, { snapshotId }))
      for (const { byteOffset, sizeBytes } of all.slice(0, 4)) {
        const startingOffset = byteOffset + sizeBytes
        const rest = ranges(await allocated(t, { snapshotId, startingOffset }))
        const first = rest[0]
        const isAfter = first === undefined || first.byteOffset + first.sizeBytes > startingOffset
        check(isAfter, `the first range ends at or before starting_offset ${startingOffset}`)
        const bytes = all.filter((one) => one.byteOffset >= startingOffset)
        checkEqual(rest.at(-1), bytes.at(-1), `the last range from offset ${startingOffset} on`)
      }
    },
  },
  {
    name: 'GetMetadataAllocated: a caller that stops reading does no harm',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      const whole = await allocated(t, { snapshotId })
      for await (const _ of t.driver.snapshotMetadata.getMetadataAllocated({ snapshotId, maxResults: 1 }, t.call()))
        break
      checkEqual(ranges(await allocated(t, { snapshotId })), ranges(whole), 'the ranges afterwards')
    },
  },
  ...[-1n, 1n << 60n].map((startingOffset) => ({
    name: `GetMetadataAllocated: starting_offset ${startingOffset} is out of range`,
    gate,
    async run(t: CaseContext) {
      const { snapshotId } = await snapshotOfVolume(t)
      await checkRejects(allocated(t, { snapshotId, startingOffset }), Code.OutOfRange, `offset ${startingOffset}`)
    },
  })),
  {
    name: 'GetMetadataAllocated: a negative max_results is refused',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      await checkRejects(allocated(t, { snapshotId, maxResults: -1 }), Code.InvalidArgument, 'max_results -1')
    },
  },
  {
    name: 'GetMetadataAllocated: a snapshot that does not exist is NotFound',
    gate: { plugin },
    async run(t) {
      await checkRejects(allocated(t, { snapshotId: noSnapshot }), Code.NotFound, 'a snapshot that does not exist')
    },
  },
  {
    name: 'GetMetadataDelta: ranges ascend, do not overlap and lie within the volume',
    gate,
    async run(t) {
      const { snapshotId: baseSnapshotId, sourceVolumeId } = await snapshotOfVolume(t)
      const { snapshotId: targetSnapshotId } = await t.createSnapshot(sourceVolumeId)
      const all = await delta(t, { baseSnapshotId, targetSnapshotId })
      checkStream(all, 0)
      const single = await delta(t, { baseSnapshotId, targetSnapshotId, maxResults: 1 })
      checkStream(single, 1)
      checkEqual(ranges(single), ranges(all), 'the ranges with max_results 1')
    },
  },
  {
    name: 'GetMetadataDelta: a snapshot that does not exist is NotFound',
    gate,
    async run(t) {
      const { snapshotId } = await snapshotOfVolume(t)
      for (const request of [
        { baseSnapshotId: noSnapshot, targetSnapshotId: snapshotId },
        { baseSnapshotId: snapshotId, targetSnapshotId: noSnapshot },
      ]) {
        await checkRejects(delta(t, request), Code.NotFound, 'a snapshot that does not exist')
      }
    },
  },
  {
    name: 'GetMetadataDelta: snapshots of two volumes are refused',
    gate,
    async run(t) {
      const base = await snapshotOfVolume(t)
      const target = await snapshotOfVolume(t)
      const call = delta(t, { baseSnapshotId: base.snapshotId, targetSnapshotId: target.snapshotId })
      await checkRejects(call, [Code.InvalidArgument, Code.FailedPrecondition], 'snapshots of two volumes')
    },
  },
]

async function snapshotOfVolume(
  t: CaseContext,
): Promise<{ readonly snapshotId: string; readonly sourceVolumeId: string }> {
  return await t.createSnapshot((await t.createVolume()).volumeId)
}

function allocated(t: CaseContext, request: DeepPartial<GetMetadataAllocatedRequest>): Promise<readonly Message[]> {
  const secrets = t.secrets('GetMetadataAllocated')
  return Array.fromAsync(t.driver.snapshotMetadata.getMetadataAllocated({ secrets, ...request }, t.call()))
}

function delta(t: CaseContext, request: DeepPartial<GetMetadataDeltaRequest>): Promise<readonly Message[]> {
  const secrets = t.secrets('GetMetadataDelta')
  return Array.fromAsync(t.driver.snapshotMetadata.getMetadataDelta({ secrets, ...request }, t.call()))
}

function ranges(messages: readonly Message[]): Message['blockMetadata'] {
  return messages.flatMap(({ blockMetadata }) => blockMetadata)
}

function checkStream(messages: readonly Message[], maxResults: number): void {
  checkEqual(new Set(messages.map((one) => one.blockMetadataType)).size <= 1, true, 'one block_metadata_type')
  checkEqual(new Set(messages.map((one) => one.volumeCapacityBytes)).size <= 1, true, 'one volume_capacity_bytes')
  let end = 0n
  for (const { blockMetadata, blockMetadataType, volumeCapacityBytes } of messages) {
    check(blockMetadataType !== BlockMetadataType.UNKNOWN, 'block_metadata_type is UNKNOWN')
    const count = blockMetadata.length
    check(
      maxResults === 0 || count <= maxResults,
      `a message has ${count} ranges, at most ${maxResults} were asked for`,
    )
    for (const { byteOffset, sizeBytes } of blockMetadata) {
      check(sizeBytes > 0n, `the range at ${byteOffset} has ${sizeBytes} bytes`)
      check(byteOffset >= end, `the range at ${byteOffset} begins before the end of the one before it, ${end}`)
      end = byteOffset + sizeBytes
      check(end <= volumeCapacityBytes, `the range at ${byteOffset} ends beyond the volume`)
    }
  }
}
