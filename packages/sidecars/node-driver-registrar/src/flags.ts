import { type FlagsFor, flag, groupFlags } from '@csi-ts/process'

/** What node-driver-registrar can be told. */
export interface RegistrarOptions {
  readonly csiAddress: string
  readonly kubeletRegistrationPath: string
  readonly pluginRegistrationPath: string
  readonly timeoutMs: number
  readonly httpEndpoint: string
  /** 0 means not given. */
  readonly healthPort: number
  readonly enablePprof: boolean
  readonly mode: string
  readonly connectionTimeoutMs: number
  readonly metricsPath: string
  /** 0 waits for ever. */
  readonly driverConnectTimeoutMs: number
  readonly restoreSocket: boolean
  readonly keepSocket: boolean
  readonly followDriver: boolean
  /** 0: never. */
  readonly driverLostTimeoutMs: number
}

/** Mode of old exec probes: does nothing, successfully. */
export const probeMode = 'kubelet-registration-probe'

/** Upstream's flags, then ours. */
export const flags: FlagsFor<RegistrarOptions> = {
  csiAddress: flag.string({
    name: 'csi-address',
    default: '/run/csi/socket',
    help: 'Socket of the CSI driver as this container sees it, or any other gRPC target.',
  }),
  kubeletRegistrationPath: flag.string({
    name: 'kubelet-registration-path',
    default: '',
    help: 'Socket of the CSI driver as kubelet sees it: a path of the host. Required.',
  }),
  pluginRegistrationPath: flag.string({
    name: 'plugin-registration-path',
    default: '/registration',
    help: "Kubelet's plugins_registry directory as this container sees it; the registration socket is made there.",
  }),
  timeoutMs: flag.duration({
    name: 'timeout',
    default: 1_000,
    help: 'Time limit of a call: GetPluginInfo of the driver, and GetInfo of the health check.',
  }),
  httpEndpoint: flag.string({
    name: 'http-endpoint',
    default: '',
    help: 'Where to serve health and metrics, such as :9809, [::]:9809 or 127.0.0.1:9809. Empty: nowhere.',
  }),
  healthPort: flag.int({
    name: 'health-port',
    default: 0,
    max: 65_535,
    help: 'Port of /healthz; 0 means nowhere. Cannot be used with --http-endpoint.',
    deprecated: 'use --http-endpoint',
  }),
  enablePprof: flag.bool({
    name: 'enable-pprof',
    default: false,
    help: 'Serve profiles below /debug/pprof/ of the HTTP server.',
  }),
  mode: flag.string({
    name: 'mode',
    default: '',
    help: `With ${probeMode} exits with 0 and does nothing; any other value registers.`,
    deprecated: 'use an HTTP probe on /healthz',
  }),
  connectionTimeoutMs: flag.duration({
    name: 'connection-timeout',
    default: 0,
    help: 'Has no effect.',
    deprecated: 'it has no effect; see --driver-connect-timeout',
  }),
  ...groupFlags('Beyond upstream', {
    metricsPath: flag.string({ name: 'metrics-path', default: '/metrics', help: 'Path of the metrics.' }),
    driverConnectTimeoutMs: flag.duration({
      name: 'driver-connect-timeout',
      default: 30_000,
      min: 0,
      help: 'How long to wait for the driver before giving up; 0 waits for ever.',
    }),
    restoreSocket: flag.bool({
      name: 'restore-socket',
      default: true,
      help: 'Make the registration socket anew when somebody removes it.',
    }),
    keepSocket: flag.bool({
      name: 'keep-socket',
      default: false,
      help: 'Leave the registration socket at exit, so that kubelet keeps the driver registered over a restart.',
    }),
    followDriver: flag.bool({
      name: 'follow-driver',
      default: false,
      help: 'Watch the driver: when it has restarted, register it again, so that kubelet asks for its node information.',
    }),
    driverLostTimeoutMs: flag.duration({
      name: 'driver-lost-timeout',
      default: 0,
      min: 0,
      help: 'With --follow-driver: deregister a driver that is away for this long, until it is back; 0 means never.',
    }),
  }),
}
