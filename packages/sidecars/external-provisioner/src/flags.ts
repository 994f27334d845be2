import { type FlagSpec, type FlagsFor, featureGatesFlag, flag, groupFlags } from '@csi-ts/process'
import { featureGates } from './feature-gates.ts'

/** The provisioner's own options, as the command line gives them. Those that all sidecars share are `@csi-ts/sidecar-kit`'s. */
export interface ProvisionerOptions {
  /** Address of the API server; wins over the kubeconfig file's. Default: none. */
  readonly master: string
  /** Prefix of volume names. Default `pvc`. */
  readonly volumeNamePrefix: string
  /** -1: the claim's whole uid with dashes; 1 to 32: so many of its hexadecimal digits. Default -1. */
  readonly volumeNameUuidLength: number
  /** Wait after the first failure; doubles with each further one. Default 1 s. */
  readonly retryIntervalStartMs: number
  /** Cap of that wait, and the wait after an infeasible request. Default 5 min. */
  readonly retryIntervalMaxMs: number
  /** Claims, and as many volumes, that are worked on at once. Default 100. */
  readonly workerThreads: number
  readonly cloningProtectionThreads: number
  readonly snapshotOrphanSweepIntervalMs: number
  readonly capacityThreads: number
  /** Deadline of every call to the driver. Default 10 s. */
  readonly timeoutMs: number
  readonly strictTopology: boolean
  readonly immediateTopology: boolean
  /** Names of claim and volume among the parameters of CreateVolume. Default false. */
  readonly extraCreateMetadata: boolean
  readonly enablePprof: boolean
  /** File system of classes that name none. Default: none, the driver chooses. */
  readonly defaultFsType: string
  readonly kubeApiCapacityQps: number
  readonly kubeApiCapacityBurst: number
  readonly enableCapacity: boolean
  readonly capacityForImmediateBinding: boolean
  readonly capacityPollIntervalMs: number
  readonly capacityOwnerrefLevel: number
  readonly nodeDeployment: boolean
  readonly nodeDeploymentImmediateBinding: boolean
  readonly nodeDeploymentBaseDelayMs: number
  readonly nodeDeploymentMaxDelayMs: number
  /** Volumes whose only access mode is ReadOnlyMany are published read-only. Default false. */
  readonly controllerPublishReadonly: boolean
  readonly preventVolumeModeConversion: boolean
  readonly featureGates: Readonly<Record<string, string>>
}

/** Upstream's flags: names, syntax and defaults. Which of them have no effect yet is in `unsupported-options.ts`. */
export const flags: FlagsFor<ProvisionerOptions> = groupFlags('Provisioning', {
  master: flag.string({
    name: 'master',
    default: '',
    help: "Address of the API server; wins over the kubeconfig file's.",
  }),
  volumeNamePrefix: {
    ...flag.string({
      name: 'volume-name-prefix',
      default: 'pvc',
      help: 'Prefix of the names of volumes and PersistentVolumes.',
    }),
    parse: parseNamePrefix,
  },
  volumeNameUuidLength: uuidLength({
    name: 'volume-name-uuid-length',
    default: -1,
    help: "Hexadecimal digits of the claim's uid in volume names, 1 to 32; -1 for the whole uid with its dashes.",
  }),
  retryIntervalStartMs: flag.duration({
    name: 'retry-interval-start',
    default: 1000,
    min: 1,
    help: 'Wait after the first failure to create or delete a volume. It doubles with each further failure.',
  }),
  retryIntervalMaxMs: flag.duration({
    name: 'retry-interval-max',
    default: 300_000,
    min: 1,
    help: 'Longest wait between retries, and the wait after a request that the driver calls infeasible.',
  }),
  workerThreads: flag.uint({
    name: 'worker-threads',
    default: 100,
    min: 1,
    help: 'Claims, and as many volumes, that are worked on at once.',
  }),
  cloningProtectionThreads: flag.uint({
    name: 'cloning-protection-threads',
    default: 1,
    min: 1,
    help: 'Claims whose cloning protection is worked on at once.',
  }),
  snapshotOrphanSweepIntervalMs: flag.duration({
    name: 'snapshot-orphan-sweep-interval',
    default: 300_000,
    help: 'How often to remove finalizers from snapshots that nothing is restored from; 0 or less for never.',
  }),
  capacityThreads: flag.uint({
    name: 'capacity-threads',
    default: 1,
    min: 1,
    help: 'Storage capacity objects that are worked on at once.',
  }),
  timeoutMs: flag.duration({
    name: 'timeout',
    default: 10_000,
    min: 1,
    help: 'Deadline of every call to the CSI driver.',
  }),
  strictTopology: flag.bool({
    name: 'strict-topology',
    default: false,
    help: "With late binding, ask for the selected node's topology only.",
  }),
  immediateTopology: flag.bool({
    name: 'immediate-topology',
    default: true,
    help: 'With immediate binding, ask for a topology of the cluster when the class allows any.',
  }),
  extraCreateMetadata: flag.bool({
    name: 'extra-create-metadata',
    default: false,
    help: 'Add name and namespace of the claim and name of the volume to the parameters of CreateVolume.',
  }),
  enablePprof: flag.bool({ name: 'enable-pprof', default: false, help: 'Go profiling over HTTP.' }),
  defaultFsType: flag.string({
    name: 'default-fstype',
    default: '',
    help: 'File system of volumes whose class names none; empty leaves it to the driver.',
  }),
  kubeApiCapacityQps: flag.float({
    name: 'kube-api-capacity-qps',
    default: 1,
    help: 'API requests per second for storage capacity objects.',
  }),
  kubeApiCapacityBurst: flag.int({
    name: 'kube-api-capacity-burst',
    default: 5,
    help: 'Burst of API requests for storage capacity objects.',
  }),
  enableCapacity: flag.bool({
    name: 'enable-capacity',
    default: false,
    help: 'Publish CSIStorageCapacity objects.',
  }),
  capacityForImmediateBinding: flag.bool({
    name: 'capacity-for-immediate-binding',
    default: false,
    help: 'Publish capacity also for classes with immediate binding.',
  }),
  capacityPollIntervalMs: flag.duration({
    name: 'capacity-poll-interval',
    default: 60_000,
    help: 'How often to ask the driver for its capacity.',
  }),
  capacityOwnerrefLevel: flag.int({
    name: 'capacity-ownerref-level',
    default: 1,
    min: -1,
    help: 'Owner of capacity objects: -1 none, 0 this pod, 1 its controller, 2 the controller of that, and so on.',
  }),
  nodeDeployment: flag.bool({
    name: 'node-deployment',
    default: false,
    help: 'One instance runs on each node and serves that node.',
  }),
  nodeDeploymentImmediateBinding: flag.bool({
    name: 'node-deployment-immediate-binding',
    default: true,
    help: 'In node deployment, serve classes with immediate binding too.',
  }),
  nodeDeploymentBaseDelayMs: flag.duration({
    name: 'node-deployment-base-delay',
    default: 20_000,
    help: 'In node deployment, the first wait before taking a claim with immediate binding.',
  }),
  nodeDeploymentMaxDelayMs: flag.duration({
    name: 'node-deployment-max-delay',
    default: 60_000,
    help: 'In node deployment, the longest wait before taking a claim with immediate binding.',
  }),
  controllerPublishReadonly: flag.bool({
    name: 'controller-publish-readonly',
    default: false,
    help: 'Publish volumes read-only when ReadOnlyMany is their only access mode.',
  }),
  preventVolumeModeConversion: flag.bool({
    name: 'prevent-volume-mode-conversion',
    default: true,
    help: 'Refuse to restore a snapshot in another volume mode, unless its content allows it.',
  }),
  featureGates: featureGatesFlag(featureGates),
})

function parseNamePrefix(text: string): string {
  if (/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= 200) return text
  throw new Error('allowed: lower-case letters, digits, dashes and dots, with a letter or digit at both ends')
}

function uuidLength(options: Parameters<typeof flag.int>[0]): FlagSpec<number> {
  const length = flag.int(options)
  return {
    ...length,
    parse(text) {
      const value = length.parse(text)
      if (value === -1 || (value >= 1 && value <= 32)) return value
      throw new Error('allowed: -1, or 1 to 32')
    },
  }
}
