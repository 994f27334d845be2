import type { VolumeCapability, VolumeContentSource } from '@csi-ts/csi-proto'
import type { Segments } from '@csi-ts/driver-sdk'

/** A volume of the mock driver. */
export interface MockVolume {
  readonly id: string
  readonly name: string
  capacityBytes: bigint
  readonly parameters: Readonly<Record<string, string>>
  mutableParameters: Readonly<Record<string, string>>
  readonly context: Readonly<Record<string, string>>
  readonly contentSource: VolumeContentSource | undefined
  readonly topology: Segments | undefined
  /** By node id. */
  readonly attachments: Map<string, { readonly readonly: boolean; readonly capability: VolumeCapability }>
  /** By staging path. */
  readonly staged: Map<string, VolumeCapability>
  /** By target path. */
  readonly published: Map<string, { readonly readonly: boolean; readonly capability: VolumeCapability }>
}

/** A snapshot of the mock driver. */
export interface MockSnapshot {
  readonly id: string
  readonly name: string
  readonly sourceVolumeId: string
  readonly sizeBytes: bigint
  /** Milliseconds since the epoch. */
  readonly createdMs: number
}

/** Everything that the mock driver stores. Given to another mock driver, it is what survived a restart. */
export interface MockState {
  /** By id. */
  readonly volumes: Map<string, MockVolume>
  /** By id. */
  readonly snapshots: Map<string, MockSnapshot>
  /** Number of the last id given out. */
  lastId: number
}

/** No volumes, no snapshots. */
export function emptyState(): MockState {
  return { volumes: new Map(), snapshots: new Map(), lastId: 0 }
}

/** The state as JSON text; maps are lists of pairs, bigints are strings with an `n`. */
export function formatState(state: MockState): string {
  return JSON.stringify(state, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { $bigint: value.toString() }
    return value instanceof Map ? { $map: [...value] } : value
  })
}

/** The inverse of {@link formatState}. */
export function parseState(text: string): MockState {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if ('$bigint' in value) return BigInt(String(value.$bigint))
    return '$map' in value ? new Map(value.$map as [string, unknown][]) : value
  }) as MockState
}
