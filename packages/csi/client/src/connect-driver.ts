import { type Clock, systemClock } from '@csi-ts/concurrency'
import {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import {
  type CallDurations,
  type Channel,
  type Client,
  createCallMetrics,
  createClient,
  openChannel,
} from '@csi-ts/csi-rpc'
import type { Logger, MetricsRegistry } from '@csi-ts/telemetry'

/** How to reach a driver. */
export interface ConnectDriverOptions {
  /** `/path`, `unix:///path`; without `onlyUnix` also every other form of gRPC target. */
  readonly address: string
  /** How long to wait for the driver's socket. Default 30,000; `Infinity` waits for ever. */
  readonly connectTimeoutMs?: number | undefined
  readonly log: Logger
  /** Where `csi_sidecar_operations_seconds` is registered. Default: calls are not measured. */
  readonly metrics?: MetricsRegistry | undefined
  /** Whether the metric has the label `migrated`. Default false. */
  readonly migration?: boolean | undefined
  /** Gives up connecting. It does not close a connection that was made. */
  readonly signal?: AbortSignal | undefined
  /** Paces the progress lines. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Accept only `/path` and `unix://`, as the sidecars that must notice a lost connection do. Default false. */
  readonly onlyUnix?: boolean | undefined
}

/** A connection to a driver, with a client for each service. */
export interface DriverConnection {
  readonly channel: Channel
  readonly identity: Client<typeof IdentityService>
  readonly controller: Client<typeof ControllerService>
  readonly node: Client<typeof NodeService>
  readonly groupController: Client<typeof GroupControllerService>
  readonly snapshotMetadata: Client<typeof SnapshotMetadataService>
  /** Fires when the connection was lost; see {@link Channel.lost}. */
  readonly lost: AbortSignal
  /** Sets the `driver_name` label of the metrics from now on; before, it is `unknown-driver`. */
  setDriverName(name: string): void
  close(): void
}

const progressMs = 10_000

/**
 * Connects to a driver and waits until it accepts calls, trying about once a second and saying so every 10 s.
 * @throws Error for an address that is not allowed; CsiError DeadlineExceeded, naming the socket and what is wrong with
 * it, when `connectTimeoutMs` has passed
 */
export async function connectDriver(options: ConnectDriverOptions): Promise<DriverConnection> {
  const { address, log, connectTimeoutMs = 30_000, clock = systemClock } = options
  if (options.onlyUnix === true && !/^(\/|unix:\/\/)/.test(address)) {
    throw new Error(`invalid CSI address "${address}": want unix:///path/to.sock or /path/to.sock`)
  }
  const metrics =
    options.metrics && createCallMetrics(options.metrics, { subsystem: 'csi_sidecar', migration: options.migration })
  const channel = openChannel({ address, log, metrics })
  log.v(5).info('connecting', { address })
  const progress = every(progressMs, clock, () => log.info('still connecting', { address }))
  try {
    await channel.waitForReady(connectTimeoutMs, { signal: options.signal })
  } catch (error) {
    channel.close()
    throw error
  } finally {
    progress.cancel()
  }
  return toConnection(channel, metrics)
}

function toConnection(channel: Channel, metrics: CallDurations | undefined): DriverConnection {
  return {
    channel,
    identity: createClient(IdentityService, channel),
    controller: createClient(ControllerService, channel),
    node: createClient(NodeService, channel),
    groupController: createClient(GroupControllerService, channel),
    snapshotMetadata: createClient(SnapshotMetadataService, channel),
    lost: channel.lost,
    setDriverName: (name) => metrics?.setDriverName(name),
    close: () => channel.close(),
  }
}

function every(periodMs: number, clock: Clock, act: () => void): { cancel(): void } {
  const tick = (): void => {
    act()
    timer = clock.setTimer(periodMs, tick)
  }
  let timer = clock.setTimer(periodMs, tick)
  return { cancel: () => timer.cancel() }
}
