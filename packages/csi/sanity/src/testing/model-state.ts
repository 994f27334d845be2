import type { MockState } from '@csi-ts/mock-driver'

/** A group snapshot of the model driver. */
export interface ModelGroup {
  readonly id: string
  readonly name: string
  readonly sourceVolumeIds: readonly string[]
  readonly snapshotIds: readonly string[]
  /** Milliseconds since the epoch. */
  readonly createdMs: number
}

/** Everything that the model driver stores; what survives its restart. */
export interface ModelState extends MockState {
  /** By id. */
  readonly groups: Map<string, ModelGroup>
}
