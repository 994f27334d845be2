import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Volume } from './volume.ts'

/** Simulated storage of this node by kind (`--capacity kind=size`); empty means that nothing is accounted for. */
export type CapacityPools = ReadonlyMap<string, bigint>

/** The parameter of a storage class that names a pool. */
export const kindParameter = 'kind'

/** Free bytes of one pool, counted from the volumes themselves so that nothing can drift; never negative. */
export function freeBytes(pools: CapacityPools, kind: string, volumes: readonly Volume[]): bigint {
  const free = volumes.reduce(
    (left, volume) => (volume.kind === kind ? left - volume.capacityBytes : left),
    pools.get(kind) ?? 0n,
  )
  // A pool may have been made smaller than what is in it.
  return free < 0n ? 0n : free
}

/**
 * The pool that a new volume of this size goes to: the one named, else the first with room.
 *
 * @returns undefined when nothing is accounted for.
 * @throws CsiError InvalidArgument for a kind without accounting, ResourceExhausted when there is no room.
 */
export function choosePool(
  pools: CapacityPools,
  kind: string | undefined,
  sizeBytes: bigint,
  volumes: readonly Volume[],
): string | undefined {
  if (pools.size === 0) {
    if (kind === undefined) return undefined
    throw new CsiError(
      Code.InvalidArgument,
      `parameter "kind" is ${JSON.stringify(kind)}, but the driver runs without --capacity`,
    )
  }
  const candidates = kind === undefined ? [...pools.keys()] : [kind]
  const found = candidates.find((name) => pools.has(name) && freeBytes(pools, name, volumes) >= sizeBytes)
  if (found !== undefined) return found
  const where = kind === undefined ? 'any pool' : `pool ${JSON.stringify(kind)}`
  throw new CsiError(Code.ResourceExhausted, `${sizeBytes} bytes do not fit into ${where}`)
}

/** Room for new volumes. */
export interface AvailableCapacity {
  readonly totalBytes: bigint
  /** The largest single volume that fits. */
  readonly largestBytes: bigint
}

/** What is free in the pool named, or in all of them together when none is named, as a creation could use any. */
export function availableCapacity(
  pools: CapacityPools,
  kind: string | undefined,
  maxVolumeBytes: bigint,
  volumes: readonly Volume[],
): AvailableCapacity {
  if (pools.size === 0) return { totalBytes: maxVolumeBytes, largestBytes: maxVolumeBytes }
  const free = (kind === undefined ? [...pools.keys()] : [kind]).map((name) => freeBytes(pools, name, volumes))
  const [largest = 0n] = free.toSorted((a, b) => (a < b ? 1 : -1))
  return {
    totalBytes: free.reduce((sum, bytes) => sum + bytes, 0n),
    largestBytes: largest < maxVolumeBytes ? largest : maxVolumeBytes,
  }
}
