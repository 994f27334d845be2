import type { CapacityPools } from './capacity-pools.ts'

/** Settings of the driver. What is left out has upstream's default. */
export interface HostpathOptions {
  /** Name of this node: the CSI node id and the topology value. */
  readonly nodeId: string
  /** Folder of the records and of the volumes' data. Made when it is missing. */
  readonly stateDir: string
  /** Default `hostpath.csi.k8s.io`. */
  readonly driverName?: string
  /** Version that GetPluginInfo reports. Default `unknown`. */
  readonly version?: string
  /** Reported by NodeGetInfo when no attach limit is set. Default 0: the orchestrator decides. */
  readonly maxVolumesPerNode?: number
  /** Volumes attached at once; 0 for no limit; -1 reports a random limit each time it is asked. Default 0. */
  readonly attachLimit?: number
  /** Simulated capacity by kind. Default none: nothing is accounted for. */
  readonly pools?: CapacityPools
  /** Serve ControllerPublishVolume and ask for it before staging. Default false. */
  readonly enableAttach?: boolean
  /** Refuse to delete a volume that is recorded as attached, staged or published, not only one that is mounted. Default false. */
  readonly checkVolumeLifecycle?: boolean
  /** Default 1 TiB. */
  readonly maxVolumeSizeBytes?: bigint
  /** Limit of NodeExpandVolume. Default: the same as `maxVolumeSizeBytes`. */
  readonly maxVolumeSizeNodeBytes?: bigint
  /** Default true. */
  readonly enableTopology?: boolean
  /** Default true. */
  readonly enableControllerExpansion?: boolean
  /** Default true. */
  readonly enableNodeExpansion?: boolean
  /** Serve ControllerModifyVolume. Default false. */
  readonly enableControllerModifyVolume?: boolean
  /** Keys of mutable parameters; undefined accepts all. */
  readonly acceptedMutableParameters?: ReadonlySet<string>
}

/** Options with every default filled in. */
export type ResolvedHostpathOptions = Required<Omit<HostpathOptions, 'acceptedMutableParameters'>> & {
  readonly acceptedMutableParameters: ReadonlySet<string> | undefined
}

/** Upstream's limit for a single volume: 1 TiB. */
export const defaultMaxVolumeSizeBytes: bigint = 1n << 40n

/** Fills in the defaults. */
export function resolveHostpathOptions(options: HostpathOptions): ResolvedHostpathOptions {
  const maxVolumeSizeBytes = options.maxVolumeSizeBytes ?? defaultMaxVolumeSizeBytes
  return {
    nodeId: options.nodeId,
    stateDir: options.stateDir,
    driverName: options.driverName ?? 'hostpath.csi.k8s.io',
    version: options.version ?? 'unknown',
    maxVolumesPerNode: options.maxVolumesPerNode ?? 0,
    attachLimit: options.attachLimit ?? 0,
    pools: options.pools ?? new Map(),
    enableAttach: options.enableAttach ?? false,
    checkVolumeLifecycle: options.checkVolumeLifecycle ?? false,
    maxVolumeSizeBytes,
    maxVolumeSizeNodeBytes: options.maxVolumeSizeNodeBytes ?? maxVolumeSizeBytes,
    enableTopology: options.enableTopology ?? true,
    enableControllerExpansion: options.enableControllerExpansion ?? true,
    enableNodeExpansion: options.enableNodeExpansion ?? true,
    enableControllerModifyVolume: options.enableControllerModifyVolume ?? false,
    acceptedMutableParameters: options.acceptedMutableParameters,
  }
}
