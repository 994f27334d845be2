import type { Clock } from '@csi-ts/concurrency'
import { connectDriver, type DriverConnection, getDriverName, waitUntilReady } from '@csi-ts/csi-client'
import { createMetrics, type MetricsRegistry, type WorkContext } from '@csi-ts/telemetry'
import { askDriver, type DriverInfo, migratedDrivers } from './driver-info.ts'

/** A driver that was connected, is ready and has answered the first questions. */
export interface ReadyDriver {
  readonly connection: DriverConnection
  readonly info: DriverInfo
  /** Holds the metrics of the calls. */
  readonly metrics: MetricsRegistry
}

/** Settings of {@link connectReadyDriver}. */
export interface ReadyDriverOptions {
  readonly address: string
  /** Deadline of each call and probe. */
  readonly timeoutMs: number
  readonly asks?: readonly ('groupController' | 'node')[] | undefined
  /** Label metrics of drivers that replace an in-tree plugin with `migrated`. */
  readonly migration?: boolean | undefined
  readonly clock: Clock
}

/**
 * Connects within 30 s, waits as long as it takes until the driver is ready, and asks what it can do. Rejects with an Error
 * that says in one line what is wrong.
 */
export async function connectReadyDriver(options: ReadyDriverOptions, ctx: WorkContext): Promise<ReadyDriver> {
  const first = await connect(options, false, ctx)
  try {
    const ready = options.migration === true ? await migrated(first, options, ctx) : first
    const info = await askDriver(ready.connection, ctx, options)
    ctx.log.info('CSI driver is ready', { driver: info.name })
    return { ...ready, info }
  } catch (error) {
    first.connection.close()
    throw error
  }
}

type Connected = Pick<ReadyDriver, 'connection' | 'metrics'>

/** The label is part of the metric from its start, and only the driver's name tells whether it is needed: connect again. */
async function migrated(first: Connected, options: ReadyDriverOptions, ctx: WorkContext): Promise<Connected> {
  const name = await getDriverName(first.connection, ctx, options)
  if (migratedDrivers[name] === undefined) return first
  const second = await connect(options, true, ctx)
  first.connection.close()
  return second
}

async function connect(options: ReadyDriverOptions, migration: boolean, ctx: WorkContext): Promise<Connected> {
  const { address, clock, timeoutMs } = options
  const metrics = createMetrics()
  const { log, signal } = ctx
  const connection = await connectDriver({ address, log, metrics, migration, signal, clock, onlyUnix: true })
  try {
    await waitUntilReady(connection, ctx, { probeTimeoutMs: timeoutMs, clock })
    return { connection, metrics }
  } catch (error) {
    connection.close()
    throw error
  }
}
