import type { ServeCsiOptions } from '@csi-ts/driver-sdk'
import { type FlagSpec, flag, UsageError } from '@csi-ts/process'
import { defaultMaxVolumeSizeBytes, type HostpathOptions } from './hostpath-options.ts'
import { parseQuantityBytes } from './quantity.ts'

type Flag<T> = FlagSpec<T>

/**
 * The flags of the hostpath driver, with upstream's names and defaults. The last four are additions, named as in
 * node-driver-registrar and livenessprobe: with them one process does the work of three.
 */
export interface HostpathFlags {
  readonly endpoint: Flag<string>
  readonly drivername: Flag<string>
  readonly statedir: Flag<string>
  readonly nodeid: Flag<string>
  readonly ephemeral: Flag<boolean>
  readonly maxvolumespernode: Flag<bigint>
  readonly attachLimit: Flag<bigint>
  readonly capacity: Flag<ReadonlyMap<string, bigint>>
  readonly enableAttach: Flag<boolean>
  readonly checkVolumeLifecycle: Flag<boolean>
  readonly maxVolumeSize: Flag<bigint>
  readonly maxVolumeSizeNode: Flag<bigint>
  readonly enableTopology: Flag<boolean>
  readonly enableVolumeExpansion: Flag<boolean>
  readonly nodeExpandRequired: Flag<boolean>
  readonly disableControllerExpansion: Flag<boolean>
  readonly disableNodeExpansion: Flag<boolean>
  readonly enableControllerModifyVolume: Flag<boolean>
  readonly acceptedMutableParameterNames: Flag<readonly string[]>
  readonly enableSnapshotMetadata: Flag<boolean>
  readonly snapshotMetadataBlockType: Flag<'FIXED_LENGTH' | 'VARIABLE_LENGTH'>
  readonly enableListSnapshots: Flag<boolean>
  readonly proxyEndpoint: Flag<string>
  readonly kubeletRegistrationPath: Flag<string>
  readonly pluginRegistrationPath: Flag<string>
  readonly httpEndpoint: Flag<string>
  readonly probeTimeout: Flag<number>
}

/** The values of {@link flags}. */
export type HostpathFlagValues = { readonly [K in keyof HostpathFlags]: HostpathFlags[K]['default'] }

export const flags: HostpathFlags = {
  endpoint: {
    ...flag.string({ name: 'endpoint', default: 'unix:///tmp/csi.sock', help: 'CSI endpoint, a UNIX socket.' }),
    parse: parseEndpoint,
  },
  drivername: flag.string({ name: 'drivername', default: 'hostpath.csi.k8s.io', help: 'Name of the driver.' }),
  statedir: flag.string({
    name: 'statedir',
    default: '/csi-data-dir',
    help: 'Folder of the records and of the data of the volumes. It has to survive restarts and reboots.',
  }),
  nodeid: flag.string({ name: 'nodeid', default: '', help: 'Name of this node; required. Also its topology value.' }),
  ephemeral: flag.bool({
    name: 'ephemeral',
    default: false,
    help: 'Ephemeral mode of Kubernetes 1.15.',
    deprecated: 'Kubernetes 1.16 and later ask for ephemeral volumes call by call',
  }),
  maxvolumespernode: int64({
    name: 'maxvolumespernode',
    default: 0n,
    help: 'Volumes that NodeGetInfo says fit on the node; 0 lets the orchestrator decide.',
  }),
  attachLimit: int64({
    name: 'attach-limit',
    default: 0n,
    min: -1n,
    help: 'Volumes that may be attached at once; 0 for no limit, -1 reports a random limit each time it is asked.',
  }),
  capacity: capacityFlag(),
  enableAttach: flag.bool({
    name: 'enable-attach',
    default: false,
    help: 'Serve ControllerPublishVolume and ControllerUnpublishVolume.',
  }),
  checkVolumeLifecycle: flag.bool({
    name: 'check-volume-lifecycle',
    default: false,
    help: 'Refuse to delete or detach a volume that is recorded as in use. One that is mounted is never deleted.',
  }),
  maxVolumeSize: int64({
    name: 'max-volume-size',
    default: defaultMaxVolumeSizeBytes,
    help: 'Largest volume in bytes.',
  }),
  maxVolumeSizeNode: int64({
    name: 'max-volume-size-node',
    default: 0n,
    help: 'Largest size in bytes that NodeExpandVolume accepts; 0 for the same as --max-volume-size.',
  }),
  enableTopology: flag.bool({
    name: 'enable-topology',
    default: true,
    help: 'Report that volumes can only be used on this node.',
  }),
  enableVolumeExpansion: flag.bool({
    name: 'enable-volume-expansion',
    default: true,
    help: 'Serve ControllerExpandVolume and NodeExpandVolume.',
  }),
  nodeExpandRequired: flag.bool({
    name: 'node-expand-required',
    default: true,
    help: 'The same as --enable-volume-expansion.',
    deprecated: 'use --enable-volume-expansion',
  }),
  disableControllerExpansion: flag.bool({
    name: 'disable-controller-expansion',
    default: false,
    help: 'Leave out ControllerExpandVolume.',
  }),
  disableNodeExpansion: flag.bool({
    name: 'disable-node-expansion',
    default: false,
    help: 'Leave out NodeExpandVolume.',
  }),
  enableControllerModifyVolume: flag.bool({
    name: 'enable-controller-modify-volume',
    default: false,
    help: 'Serve ControllerModifyVolume.',
  }),
  acceptedMutableParameterNames: flag.stringList({
    name: 'accepted-mutable-parameter-names',
    default: [],
    help: 'Keys that mutable parameters may have, separated by commas; empty accepts all.',
  }),
  enableSnapshotMetadata: flag.bool({
    name: 'enable-snapshot-metadata',
    default: false,
    help: 'Serve SnapshotMetadata. Not available yet.',
  }),
  snapshotMetadataBlockType: flag.enumeration({
    name: 'snapshot-metadata-block-type',
    default: 'FIXED_LENGTH',
    values: ['FIXED_LENGTH', 'VARIABLE_LENGTH'],
    help: 'Kind of blocks in snapshot metadata.',
  }),
  enableListSnapshots: flag.bool({
    name: 'enable-list-snapshots',
    default: true,
    help: 'Serve ListSnapshots. Without effect: snapshots are not available yet.',
  }),
  proxyEndpoint: flag.string({
    name: 'proxy-endpoint',
    default: '',
    help: 'Only pass bytes between this endpoint and --endpoint. Not available yet.',
  }),
  kubeletRegistrationPath: flag.string({
    name: 'kubelet-registration-path',
    default: '',
    help: "Register with kubelet, as node-driver-registrar does: the path of the driver's socket on the host.",
  }),
  pluginRegistrationPath: flag.string({
    name: 'plugin-registration-path',
    default: '/registration',
    help: "Kubelet's plugins_registry directory as seen here, for --kubelet-registration-path.",
  }),
  httpEndpoint: flag.string({
    name: 'http-endpoint',
    default: '',
    help: 'Answer /healthz at this address, as livenessprobe does; for example :9808.',
  }),
  probeTimeout: flag.duration({
    name: 'probe-timeout',
    default: 1_000,
    min: 1,
    help: 'How long a check behind /healthz may take.',
  }),
}

/**
 * Flag values as options of the driver.
 *
 * @throws UsageError when something is missing, or asked for that is not available.
 */
export function toHostpathOptions(
  values: HostpathFlagValues,
  { version, changedFlags }: { readonly version: string; readonly changedFlags: ReadonlySet<string> },
): HostpathOptions {
  if (values.nodeid === '') throw new UsageError('flag --nodeid is required: the name of this node')
  if (values.statedir === '') throw new UsageError('flag --statedir must not be empty')
  const unavailable = [
    values.ephemeral ? '--ephemeral' : '',
    values.enableSnapshotMetadata ? '--enable-snapshot-metadata' : '',
    values.proxyEndpoint === '' ? '' : '--proxy-endpoint',
  ].find((name) => name !== '')
  if (unavailable !== undefined) throw new UsageError(`flag ${unavailable} is not available in this driver`)
  // Upstream binds both flags to one variable.
  const expansion = changedFlags.has('enableVolumeExpansion') ? values.enableVolumeExpansion : values.nodeExpandRequired
  return {
    nodeId: values.nodeid,
    stateDir: values.statedir,
    driverName: values.drivername,
    version,
    maxVolumesPerNode: Number(values.maxvolumespernode),
    attachLimit: Number(values.attachLimit),
    pools: values.capacity,
    enableAttach: values.enableAttach,
    checkVolumeLifecycle: values.checkVolumeLifecycle,
    maxVolumeSizeBytes: values.maxVolumeSize,
    maxVolumeSizeNodeBytes: values.maxVolumeSizeNode === 0n ? values.maxVolumeSize : values.maxVolumeSizeNode,
    enableTopology: values.enableTopology,
    enableControllerExpansion: expansion && !values.disableControllerExpansion,
    enableNodeExpansion: expansion && !values.disableNodeExpansion,
    enableControllerModifyVolume: values.enableControllerModifyVolume,
    ...(values.acceptedMutableParameterNames.length === 0
      ? {}
      : { acceptedMutableParameters: new Set(values.acceptedMutableParameterNames) }),
  }
}

/** How the driver is served, besides its endpoint. */
export function toServeOptions(values: HostpathFlagValues): Pick<ServeCsiOptions, 'registration' | 'healthz'> {
  const { kubeletRegistrationPath, pluginRegistrationPath, httpEndpoint, probeTimeout } = values
  const registration = { kubeletPath: kubeletRegistrationPath, registrationDir: pluginRegistrationPath }
  return {
    ...(kubeletRegistrationPath === '' ? {} : { registration }),
    ...(httpEndpoint === '' ? {} : { healthz: { address: httpEndpoint, probeTimeoutMs: probeTimeout } }),
  }
}

/** Upstream reads `unix://a/b` as /a/b, not as a relative path. */
function parseEndpoint(text: string): string {
  return text.replace(/^unix:\/\/(?=[^/])/, 'unix:///')
}

/** A number of Go's `int64`: sizes beyond 8 PiB do not fit into a JavaScript number. */
function int64(options: {
  readonly name: string
  readonly default: bigint
  readonly help: string
  readonly min?: bigint
}): Flag<bigint> {
  const { min = 0n, ...rest } = options
  return {
    ...rest,
    kind: 'int',
    format: String,
    parse(text) {
      const value = /^[+-]?\d{1,19}$/.test(text) ? BigInt(text) : undefined
      if (value === undefined || value < min || value >= 1n << 63n)
        throw new Error(`allowed: a whole number from ${min}`)
      return value
    },
  }
}

function capacityFlag(): Flag<ReadonlyMap<string, bigint>> {
  return {
    name: 'capacity',
    kind: 'kind=quantity',
    default: new Map(),
    help: 'Simulate storage of a kind with a total capacity, such as fast=100Gi; may be given several times.',
    parse(text) {
      const [kind = '', quantity, ...rest] = text.split('=')
      if (kind === '' || quantity === undefined || rest.length > 0)
        throw new Error('allowed: kind=quantity, such as fast=100Gi')
      return new Map([[kind, parseQuantityBytes(quantity)]])
    },
    format: (pools) => [...pools].map(([kind, bytes]) => `${kind}=${bytes}`).join(','),
    accumulate: (before, next) => new Map([...before, ...next]),
  }
}
