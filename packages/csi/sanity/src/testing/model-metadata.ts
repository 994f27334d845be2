import { BlockMetadataType, type DeepPartial, type GetMetadataAllocatedResponse } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { defineSnapshotMetadata, type SnapshotMetadataHandlers } from '@csi-ts/driver-sdk'
import type { MockSnapshot } from '@csi-ts/mock-driver'
import type { ModelState } from './model-state.ts'

const blockBytes = 64n << 10n
/** Ranges of a message when the caller does not care. */
const usualResults = 4

/** Snapshot metadata of the model driver: every third block is allocated, every fifth has changed. */
export function createModelMetadata(state: ModelState): SnapshotMetadataHandlers {
  const known = (id: string): MockSnapshot => {
    const snapshot = state.snapshots.get(id)
    if (snapshot === undefined) throw new CsiError(Code.NotFound, `snapshot ${id} does not exist`)
    return snapshot
  }
  return defineSnapshotMetadata({
    async *getMetadataAllocated({ snapshotId, startingOffset, maxResults }) {
      yield* messages(known(snapshotId).sizeBytes, 3n, startingOffset, maxResults)
    },

    async *getMetadataDelta({ baseSnapshotId, targetSnapshotId, startingOffset, maxResults }) {
      const [base, target] = [known(baseSnapshotId), known(targetSnapshotId)]
      if (base.sourceVolumeId !== target.sourceVolumeId) {
        throw new CsiError(Code.InvalidArgument, `${base.id} and ${target.id} are snapshots of two volumes`)
      }
      yield* messages(target.sizeBytes, 5n, startingOffset, maxResults)
    },
  })
}

function* messages(
  volumeCapacityBytes: bigint,
  every: bigint,
  startingOffset: bigint,
  maxResults: number,
): Generator<DeepPartial<GetMetadataAllocatedResponse>> {
  if (startingOffset > volumeCapacityBytes) {
    throw new CsiError(Code.OutOfRange, `starting_offset ${startingOffset} is beyond ${volumeCapacityBytes}`)
  }
  const blocks = [...Array(32).keys()]
    .map((index) => BigInt(index) * every * blockBytes)
    .filter((byteOffset) => byteOffset + blockBytes <= volumeCapacityBytes && byteOffset + blockBytes > startingOffset)
    .map((byteOffset) => ({ byteOffset, sizeBytes: blockBytes }))
  const size = maxResults === 0 ? usualResults : maxResults
  for (let from = 0; from < blocks.length; from += size) {
    const blockMetadata = blocks.slice(from, from + size)
    yield { blockMetadataType: BlockMetadataType.FIXED_LENGTH, volumeCapacityBytes, blockMetadata }
  }
}
