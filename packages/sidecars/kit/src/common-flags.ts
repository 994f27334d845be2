import { type FlagsFor, flag, groupFlags } from '@csi-ts/process'

/** How to reach the API server. */
export interface KubeOptions {
  /** Path of a kubeconfig file; empty: the pod's service account. */
  readonly kubeconfig: string
  /** Requests per second. Only a limit when given: see {@link rateLimitOf}. */
  readonly kubeApiQps: number
  readonly kubeApiBurst: number
}

/** How to reach the driver. */
export interface DriverOptions {
  /** Path of the socket, or `unix://` and the path. */
  readonly csiAddress: string
}

/** Whether and how one of several instances is chosen. */
export interface LeaderElectionOptions {
  readonly leaderElection: boolean
  /** Empty: the pod's own namespace. */
  readonly leaderElectionNamespace: string
  readonly leaderElectionLeaseDurationMs: number
  readonly leaderElectionRenewDeadlineMs: number
  readonly leaderElectionRetryPeriodMs: number
  readonly leaderElectionLabels: Readonly<Record<string, string>>
}

/** What is served over HTTP. */
export interface HttpOptions {
  /** Address for metrics and health; excludes {@link metricsAddress}. */
  readonly httpEndpoint: string
  /** Address for metrics only. */
  readonly metricsAddress: string
  readonly metricsPath: string
}

/** The options that all sidecars with controllers share. */
export interface CommonOptions extends KubeOptions, DriverOptions, LeaderElectionOptions, HttpOptions {}

/** `--kubeconfig`, `--kube-api-qps`, `--kube-api-burst`. */
export const kubeFlags: FlagsFor<KubeOptions> = groupFlags('Kubernetes API', {
  kubeconfig: flag.string({
    name: 'kubeconfig',
    default: '',
    help: 'Path of a kubeconfig file. Empty: the service account of the pod.',
  }),
  kubeApiQps: flag.float({
    name: 'kube-api-qps',
    default: 5,
    help: 'Limit of API requests per second when given, negative for none. Without the flag only the server limits.',
  }),
  kubeApiBurst: flag.int({
    name: 'kube-api-burst',
    default: 10,
    help: 'API requests that may be made at once; only together with --kube-api-qps.',
  }),
})

/** `--csi-address`. */
export const driverFlags: FlagsFor<DriverOptions> = groupFlags('CSI driver', {
  csiAddress: flag.string({
    name: 'csi-address',
    default: '/run/csi/socket',
    help: "Path of the CSI driver's socket.",
  }),
})

/** `--leader-election` and what belongs to it. */
export const leaderElectionFlags: FlagsFor<LeaderElectionOptions> = groupFlags('Leader election', {
  leaderElection: flag.bool({
    name: 'leader-election',
    default: false,
    help: 'Let only one of several instances work.',
  }),
  leaderElectionNamespace: flag.string({
    name: 'leader-election-namespace',
    default: '',
    help: 'Namespace of the lease. Empty: the namespace of the pod.',
  }),
  leaderElectionLeaseDurationMs: flag.duration({
    name: 'leader-election-lease-duration',
    default: 15_000,
    help: 'How long others wait for a leader that is silent.',
  }),
  leaderElectionRenewDeadlineMs: flag.duration({
    name: 'leader-election-renew-deadline',
    default: 10_000,
    help: 'How long a leader tries to renew its lease before it gives up.',
  }),
  leaderElectionRetryPeriodMs: flag.duration({
    name: 'leader-election-retry-period',
    default: 5_000,
    help: 'Wait between tries to get or renew the lease.',
  }),
  leaderElectionLabels: flag.stringMap({
    name: 'leader-election-labels',
    default: {},
    separator: ':',
    help: 'Labels of the lease, as key:value pairs.',
  }),
})

/** `--http-endpoint`, `--metrics-address`, `--metrics-path`. */
export const httpFlags: FlagsFor<HttpOptions> = groupFlags('HTTP', {
  httpEndpoint: flag.string({
    name: 'http-endpoint',
    default: '',
    help: 'Address, such as :8080, for metrics and the health of the leader election. Empty: none.',
  }),
  metricsAddress: flag.string({
    name: 'metrics-address',
    default: '',
    help: 'Address for metrics only. Empty: none.',
    deprecated: 'use --http-endpoint',
  }),
  metricsPath: flag.string({
    name: 'metrics-path',
    default: '/metrics',
    help: 'HTTP path of the metrics.',
  }),
})

/** All of the above. */
export const commonFlags: FlagsFor<CommonOptions> = {
  ...kubeFlags,
  ...driverFlags,
  ...leaderElectionFlags,
  ...httpFlags,
}
