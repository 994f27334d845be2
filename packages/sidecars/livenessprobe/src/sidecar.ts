import { type Clock, untilAborted } from '@csi-ts/concurrency'
import { connectDriver, getDriverName } from '@csi-ts/csi-client'
import { createHealthCheck, createHealthMetrics, serveHealth } from '@csi-ts/csi-health'
import { createCallMetrics } from '@csi-ts/csi-rpc'
import { createHttpEndpoints, type ExitReason, failedWith, type HttpEndpoints, serveMetrics } from '@csi-ts/process'
import { type MetricsRegistry, registerProcessMetrics, type WorkContext } from '@csi-ts/telemetry'
import type { LivenessprobeOptions } from './flags.ts'
import { planListeners } from './plan-listeners.ts'

/** What livenessprobe works with. */
export interface LivenessprobeDeps {
  readonly metrics: MetricsRegistry
  readonly clock: Clock
  /** When the process started, wall time. */
  readonly startTimeMs: number
  /** Told where health is served, once it is. */
  readonly onListening?: ((address: string) => void) | undefined
}

/** A sidecar that answers the driver's health over HTTP. */
export interface Livenessprobe {
  readonly name: string
  /** Runs until the signal fires; a driver that is absent or ill is no reason to end. */
  run(ctx: WorkContext): Promise<ExitReason>
}

/** livenessprobe: `Identity.Probe` as `/healthz`. */
export function createLivenessprobe(deps: LivenessprobeDeps, options: LivenessprobeOptions): Livenessprobe {
  return { name: 'livenessprobe', run: (ctx) => (options.once ? checkOnce(options, ctx) : serve(deps, options, ctx)) }
}

async function serve(deps: LivenessprobeDeps, options: LivenessprobeOptions, ctx: WorkContext): Promise<ExitReason> {
  const { log, signal } = ctx
  const listeners = planListeners(options)
  if (listeners.kind === 'mistake') return failedWith(listeners.message)
  registerProcessMetrics(deps.metrics, deps)
  const callMetrics = createCallMetrics(deps.metrics, { subsystem: 'csi_sidecar' })
  const healthMetrics = createHealthMetrics(deps.metrics, deps.clock)
  let waitingFor: string | undefined = `waiting for the CSI driver at ${options.csiAddress}`
  const servers: HttpEndpoints[] = []
  try {
    const health = createHealthCheck({ ...checkOptions(options), ...deps, log, callMetrics, healthMetrics })
    const endpoints = createHttpEndpoints({ log })
    servers.push(endpoints)
    serveHealth(endpoints, { health, waitingFor: () => waitingFor })
    const metricsEndpoints = listeners.metrics === listeners.health ? endpoints : createHttpEndpoints({ log })
    if (listeners.metrics !== undefined) serveMetrics(metricsEndpoints, options.metricsPath, deps.metrics)
    // Open before the driver is there: "503, waiting for …" says more than a refused connection, and counts the same for kubelet.
    const { address } = await endpoints.listen(listeners.health)
    log.info('serving health', { address })
    if (metricsEndpoints !== endpoints && listeners.metrics !== undefined) {
      servers.push(metricsEndpoints)
      log.info('serving metrics', await metricsEndpoints.listen(listeners.metrics))
    }
    deps.onListening?.(address)

    const driverName = await askName(deps, options, ctx)
    callMetrics.setDriverName(driverName)
    log.info('CSI driver is there', { driver: driverName })
    waitingFor = undefined
    await untilAborted(signal)
    return { kind: 'finished' }
  } catch (error) {
    return signal.aborted ? { kind: 'finished' } : failedWith('livenessprobe cannot go on', error)
  } finally {
    for (const server of servers) await server.close()
  }
}

/** Waits for the driver for as long as it takes: this sidecar must not crash because the driver is slow. */
async function askName(deps: LivenessprobeDeps, options: LivenessprobeOptions, ctx: WorkContext): Promise<string> {
  const driver = await connectDriver({
    address: options.csiAddress,
    connectTimeoutMs: Number.POSITIVE_INFINITY,
    log: ctx.log,
    metrics: deps.metrics,
    signal: ctx.signal,
    clock: deps.clock,
  })
  try {
    ctx.log.info('calling CSI driver to discover driver name')
    return await getDriverName(driver, ctx, { timeoutMs: Number.POSITIVE_INFINITY })
  } finally {
    driver.close()
  }
}

async function checkOnce(options: LivenessprobeOptions, { log, signal }: WorkContext): Promise<ExitReason> {
  const { healthy, body } = await createHealthCheck({ ...checkOptions(options), log }).check({ signal })
  return healthy ? { kind: 'finished' } : failedWith('CSI driver is not healthy', new Error(body))
}

function checkOptions(options: LivenessprobeOptions) {
  const { csiAddress: address, probeTimeoutMs, connectTimeoutMs, attempts, cacheMs } = options
  return { address, probeTimeoutMs, attempts, cacheMs, ...(connectTimeoutMs > 0 && { connectTimeoutMs }) }
}
