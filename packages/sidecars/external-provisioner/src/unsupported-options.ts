import { UsageError } from '@csi-ts/process'
import type { DriverFacts } from './driver-facts.ts'
import { flags, type ProvisionerOptions } from './flags.ts'

/** Upstream's features that this version lacks: a flag that asks for one is refused, not ignored. */
const refused: readonly {
  readonly key: 'enableCapacity' | 'nodeDeployment' | 'strictTopology'
  readonly lacks: string
}[] = [
  { key: 'enableCapacity', lacks: 'does not publish storage capacity' },
  { key: 'nodeDeployment', lacks: 'does not run one instance per node' },
  { key: 'strictTopology', lacks: 'does not ask for topologies' },
]

/** Flags that only tune such features: without the feature they change nothing, and a manifest that has them may start. */
const withoutEffect: readonly (keyof ProvisionerOptions)[] = [
  'cloningProtectionThreads',
  'snapshotOrphanSweepIntervalMs',
  'capacityThreads',
  'immediateTopology',
  'enablePprof',
  'kubeApiCapacityQps',
  'kubeApiCapacityBurst',
  'capacityForImmediateBinding',
  'capacityPollIntervalMs',
  'capacityOwnerrefLevel',
  'nodeDeploymentImmediateBinding',
  'nodeDeploymentBaseDelayMs',
  'nodeDeploymentMaxDelayMs',
  'preventVolumeModeConversion',
]

/**
 * Judges the options that this version does not serve, and returns one line for each that was set without effect.
 *
 * @throws UsageError for a flag that asks for a feature which is missing
 */
export function checkUnsupportedOptions(options: ProvisionerOptions): readonly string[] {
  for (const { key, lacks } of refused) {
    const { default: allowed, name } = flags[key]
    if (options[key] === allowed) continue
    throw new UsageError(
      `invalid value "${options[key]}" for flag -${name}: this version ${lacks}; allowed: ${allowed}`,
    )
  }
  return withoutEffect
    .filter((key) => options[key] !== flags[key].default)
    .map((key) => `flag -${flags[key].name} has no effect in this version`)
}

/** Which of a driver's features this version does not use: one line each, to be said once at the start. */
export function unsupportedDriverFeatures(driver: DriverFacts): readonly string[] {
  const { migratedFrom, topology } = driver
  return [
    ...(topology
      ? ['the driver has topology: this version asks for none in CreateVolume, and keeps what the driver answers']
      : []),
    ...(migratedFrom === undefined
      ? []
      : [`claims and volumes of ${migratedFrom} are left alone: this version does not translate them`]),
  ]
}
