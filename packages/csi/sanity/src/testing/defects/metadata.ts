import { BlockMetadataType } from '@csi-ts/csi-proto'
import type { Defect } from '../defect.ts'

/** What can go wrong in the streams of snapshot metadata. */
export const metadataDefects: readonly Defect[] = [
  {
    id: 'metadata-out-of-order',
    fault: 'GetMetadataAllocated sends the ranges of a message in descending order',
    rule: 'byte_offset ascends',
    foundBy: 'GetMetadataAllocated: ranges ascend, do not overlap and lie within the volume',
    seed: () => ({
      snapshotMetadata: {
        getMetadataAllocated: (r, next) =>
          each(next(r), (one) => ({ ...one, blockMetadata: (one.blockMetadata ?? []).toReversed() })),
      },
    }),
  },
  {
    id: 'metadata-overlaps',
    fault: 'GetMetadataAllocated sends ranges that overlap',
    rule: 'ranges do not overlap',
    foundBy: 'GetMetadataAllocated: ranges ascend, do not overlap and lie within the volume',
    seed: () => ({
      snapshotMetadata: {
        getMetadataAllocated: (r, next) =>
          each(next(r), (one) => ({
            ...one,
            blockMetadata: (one.blockMetadata ?? []).map((range) => ({
              ...range,
              sizeBytes: (range.sizeBytes ?? 0n) * 9n,
            })),
          })),
      },
    }),
  },
  {
    id: 'metadata-max-ignored',
    fault: 'GetMetadataAllocated sends all ranges in one message, whatever max_results says',
    rule: 'a message has at most max_results ranges',
    foundBy: 'GetMetadataAllocated: a message has at most max_results ranges, and nothing is lost by that',
    seed: () => ({
      snapshotMetadata: {
        getMetadataAllocated: (r, next) => next(r.maxResults > 0 ? { ...r, maxResults: 0 } : r),
      },
    }),
  },
  {
    id: 'metadata-type-changes',
    fault: 'GetMetadataAllocated changes block_metadata_type in the middle of a stream',
    rule: 'block_metadata_type is the same in each message',
    foundBy: 'GetMetadataAllocated: ranges ascend, do not overlap and lie within the volume',
    seed: () => ({
      snapshotMetadata: {
        getMetadataAllocated: (r, next) =>
          each(next(r), (one, index) => ({
            ...one,
            blockMetadataType: index % 2 === 0 ? BlockMetadataType.FIXED_LENGTH : BlockMetadataType.VARIABLE_LENGTH,
          })),
      },
    }),
  },
  {
    id: 'metadata-ends-early',
    fault: 'GetMetadataAllocated ends the stream after the first message, without an error',
    rule: 'a stream that ends without an error is complete',
    foundBy: 'GetMetadataAllocated: a message has at most max_results ranges, and nothing is lost by that',
    seed: () => ({
      snapshotMetadata: {
        async *getMetadataAllocated(r, next) {
          for await (const one of next(r)) {
            yield one
            return
          }
        },
      },
    }),
  },
  {
    id: 'metadata-offset-ignored',
    fault: 'GetMetadataAllocated sends everything, whatever starting_offset says',
    rule: 'what ends at or before starting_offset is not sent',
    foundBy: 'GetMetadataAllocated: from any offset on, it is what the whole stream has from there on',
    seed: () => ({
      snapshotMetadata: { getMetadataAllocated: (r, next) => next({ ...r, startingOffset: 0n }) },
    }),
  },
  {
    id: 'metadata-offset-beyond-ok',
    fault: 'GetMetadataAllocated answers nothing for a starting_offset beyond the end',
    rule: 'a starting_offset beyond the size of the volume is OutOfRange',
    foundBy: 'GetMetadataAllocated: starting_offset 1152921504606846976 is out of range',
    seed: () => ({
      snapshotMetadata: {
        async *getMetadataAllocated(r, next) {
          if (r.startingOffset > 1n << 40n) return
          yield* next(r)
        },
      },
    }),
  },
  {
    id: 'metadata-unknown-empty',
    fault: 'GetMetadataAllocated answers an empty stream for a snapshot that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy: 'GetMetadataAllocated: a snapshot that does not exist is NotFound',
    seed: (state) => ({
      snapshotMetadata: {
        async *getMetadataAllocated(r, next) {
          if (r.snapshotId !== '' && !state.snapshots.has(r.snapshotId)) return
          yield* next(r)
        },
      },
    }),
  },
  {
    id: 'metadata-delta-other-volume',
    fault: 'GetMetadataDelta compares snapshots of two volumes',
    rule: 'both snapshots are of the same volume',
    foundBy: 'GetMetadataDelta: snapshots of two volumes are refused',
    seed: (state) => ({
      snapshotMetadata: {
        getMetadataDelta: (r, next) => {
          const isKnown = state.snapshots.has(r.baseSnapshotId) && state.snapshots.has(r.targetSnapshotId)
          return next(isKnown ? { ...r, baseSnapshotId: r.targetSnapshotId } : r)
        },
      },
    }),
  },
]

async function* each<T>(messages: AsyncIterable<T>, change: (message: T, index: number) => T): AsyncIterable<T> {
  let index = 0
  for await (const message of messages) {
    yield change(message, index)
    index += 1
  }
}
