import type { Paths } from './paths.ts'

/** Which kind of volumes the suite works with. */
export type AccessType = 'mount' | 'block'

/** RPCs that take secrets, by their names. */
export type SecretsByRpc = Readonly<Record<string, Readonly<Record<string, string>>>>

/** How the suite works with a driver. */
export interface SuiteOptions {
  readonly accessType: AccessType
  /** Asked for in each CreateVolume. */
  readonly volumeSizeBytes: bigint
  /** Asked for in each expansion. */
  readonly expandSizeBytes: bigint
  /** `parameters` of CreateVolume. */
  readonly parameters: Readonly<Record<string, string>>
  /** `mutable_parameters` that the driver accepts; without any, cases that modify volumes are skipped. */
  readonly mutableParameters: Readonly<Record<string, string>>
  /** `parameters` of CreateSnapshot and CreateVolumeGroupSnapshot. */
  readonly snapshotParameters: Readonly<Record<string, string>>
  readonly secrets: SecretsByRpc
  /** Each case gets a directory of its own in here for its target paths. */
  readonly targetDir: string
  /** Each case gets its staging paths in here. */
  readonly stagingDir: string
  readonly paths: Paths
  /** Deadline of each call. */
  readonly callTimeoutMs: number
  /** How long a driver may answer that it is still at work on a volume or snapshot. */
  readonly readyTimeoutMs: number
  /** How often what must be repeatable is repeated. */
  readonly repetitions: number
  /** Attach volumes until the node's limit is reached. */
  readonly attachLimit: boolean
}

/** The options without the place on disk, which has no default. */
export const defaultSuiteOptions: Omit<SuiteOptions, 'targetDir' | 'stagingDir' | 'paths'> = {
  accessType: 'mount',
  volumeSizeBytes: 10n << 30n,
  expandSizeBytes: 11n << 30n,
  parameters: {},
  mutableParameters: {},
  snapshotParameters: {},
  secrets: {},
  callTimeoutMs: 60_000,
  readyTimeoutMs: 120_000,
  repetitions: 10,
  attachLimit: false,
}
