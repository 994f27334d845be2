import type { Clock } from '@csi-ts/concurrency'
import type { DriverConnection } from '@csi-ts/csi-client'
import type { KubeClient } from '@csi-ts/kube-client'
import type { EventRecorder, Informers, Needs } from '@csi-ts/kube-controller'
import type { ExitReason, FlagsFor, HttpEndpoints } from '@csi-ts/process'
import type { Logger, MetricsRegistry, WorkContext } from '@csi-ts/telemetry'
import type { CommonOptions } from './common-flags.ts'
import type { DriverInfo } from './driver-info.ts'

/** A sidecar that is ready to work. */
export interface Sidecar {
  readonly name: string
  /**
   * Works until the signal fires and what is in hand has ended, and says why it ended. When this is called, caches are filled
   * and, with an election, we lead. It never ends the process.
   */
  run(ctx: WorkContext): Promise<ExitReason>
}

/** What a sidecar is made from; several sidecars of one process share them. */
export interface SidecarDeps {
  readonly driver: DriverConnection
  readonly driverInfo: DriverInfo
  readonly client: KubeClient
  /** With the sidecar's needs registered, not started: add handlers. */
  readonly informers: Informers
  readonly events: EventRecorder
  readonly metrics: MetricsRegistry
  readonly clock: Clock
  readonly log: Logger
}

/** A kind of sidecar: what `runSidecar` and the combined process need to know of it. `O` are its own options. */
export interface SidecarModule<O extends object> {
  /** Program name, e.g. `csi-provisioner`; also the component of its events unless {@link SidecarModule.eventComponent} says otherwise. */
  readonly name: string
  /** Version, for the user agent. */
  readonly version: string
  /** Its own flags, without the common ones. */
  readonly flags: FlagsFor<O>
  /** Keys of {@link CommonOptions} whose default differs from the common one, by flag. */
  readonly commonDefaults?: Partial<CommonOptions> | undefined
  /** `KUBECONFIG` in the environment wins over the flag. Default false. */
  readonly kubeconfigFromEnv?: boolean | undefined
  /** Which other questions are asked of the driver at the start. Default: only the plugin's and the controller's capabilities. */
  readonly asks?: readonly ('groupController' | 'node')[] | undefined
  /** Metrics get the label `migrated` for drivers that replace an in-tree plugin. Default false. */
  readonly migration?: boolean | undefined
  /** Everything that it reads and writes, as data. */
  needs(driver: DriverInfo, options: O & CommonOptions): Needs
  /** Makes the sidecar. May ask the API server or the driver; rejects with an Error that says in one line why it cannot work. */
  create(deps: SidecarDeps, options: O & CommonOptions): Promise<Sidecar> | Sidecar
  /** Name of the lock, before it is made a lease name. */
  leaseName(driver: string, options: O & CommonOptions): string
  /** Deadline of one call to the driver at the start, and of each probe. */
  callTimeoutMs(options: O & CommonOptions): number
  /** Source of its events. Default: `name`. */
  eventComponent?(driver: string, options: O & CommonOptions): string
  /** Whether the lease is given back at the end. Default true. */
  releaseLease?(options: O & CommonOptions): boolean
  /** What cannot work about its options, in one line. Checked before anything else is done. */
  mistake?(options: O & CommonOptions, env: Readonly<Record<string, string | undefined>>): string | undefined
  /** Address of the API server that wins over the kubeconfig file's; for `--master`. */
  master?(options: O & CommonOptions): string
  /** Adds HTTP endpoints besides metrics and health. Called when an address is given. */
  serve?(endpoints: HttpEndpoints, options: O & CommonOptions): void
}
