import { type FlagsFor, flag, groupFlags } from '@csi-ts/process'

/** What livenessprobe can be told. */
export interface LivenessprobeOptions {
  readonly csiAddress: string
  readonly probeTimeoutMs: number
  /** Text, as upstream: a service name works too. */
  readonly healthPort: string
  readonly httpEndpoint: string
  readonly metricsAddress: string
  readonly metricsPath: string
  /** 0: no limit besides that of the whole check. */
  readonly connectTimeoutMs: number
  readonly attempts: number
  readonly cacheMs: number
  readonly once: boolean
}

/** Port that counts as not given, because upstream cannot tell the difference. */
export const defaultHealthPort = '9808'

/** Upstream's flags, then ours. */
export const flags: FlagsFor<LivenessprobeOptions> = {
  csiAddress: flag.string({
    name: 'csi-address',
    default: '/run/csi/socket',
    help: 'Socket of the CSI driver, or any other gRPC target.',
  }),
  probeTimeoutMs: flag.duration({
    name: 'probe-timeout',
    default: 3_000,
    help: 'Time limit of one health check: connecting and Probe together.',
  }),
  healthPort: flag.string({
    name: 'health-port',
    default: defaultHealthPort,
    help: 'Port of /healthz, on 0.0.0.0. Cannot be used with --http-endpoint.',
    deprecated: 'use --http-endpoint',
  }),
  httpEndpoint: flag.string({
    name: 'http-endpoint',
    default: '',
    help: 'Where to serve health and metrics, such as :9808, [::]:9808, 127.0.0.1:9808 or unix:///run/health.sock. Empty: /healthz on 0.0.0.0 and --health-port, without metrics.',
  }),
  metricsAddress: flag.string({
    name: 'metrics-address',
    default: '',
    help: 'Where to serve metrics alone. Cannot be used with --http-endpoint.',
    deprecated: 'use --http-endpoint',
  }),
  metricsPath: flag.string({ name: 'metrics-path', default: '/metrics', help: 'Path of the metrics.' }),
  ...groupFlags('Beyond upstream', {
    connectTimeoutMs: flag.duration({
      name: 'probe-connect-timeout',
      default: 0,
      min: 0,
      help: 'Largest part of --probe-timeout for connecting; 0 means all of it.',
    }),
    attempts: flag.int({
      name: 'probe-attempts',
      default: 1,
      min: 1,
      max: 100,
      help: 'How often a failed Probe is made within --probe-timeout.',
    }),
    cacheMs: flag.duration({
      name: 'probe-cache',
      default: 0,
      min: 0,
      help: 'A result younger than this answers further requests; 0 means that only requests at the same time share one check.',
    }),
    once: flag.bool({
      name: 'once',
      default: false,
      help: 'Check once and exit: 0 when healthy, 1 when not. For exec probes, which need no port.',
    }),
  }),
}
