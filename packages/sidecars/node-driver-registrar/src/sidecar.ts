import { type Clock, linkSignals, untilAborted } from '@csi-ts/concurrency'
import { connectDriver, type DriverConnection, getDriverName } from '@csi-ts/csi-client'
import { type Registration, serveRegistration } from '@csi-ts/node-registration'
import { type ExitReason, failedWith, type HttpEndpoints } from '@csi-ts/process'
import { type MetricsRegistry, registerProcessMetrics, type WorkContext } from '@csi-ts/telemetry'
import type { RegistrarOptions } from './flags.ts'
import { followDriver } from './follow-driver.ts'
import { planStart } from './plan-start.ts'
import { createRegistrarEndpoints } from './registrar-endpoints.ts'

/** What node-driver-registrar works with. */
export interface RegistrarDeps {
  readonly metrics: MetricsRegistry
  readonly clock: Clock
  /** When the process started, wall time. */
  readonly startTimeMs: number
  /** Told of the registration once its socket is there. */
  readonly onServing?: ((registration: Registration) => void) | undefined
}

/** A sidecar that registers a driver with kubelet. */
export interface Registrar {
  readonly name: string
  /** Registers until the signal fires, then removes the socket, upon which kubelet forgets the driver. Ends before when kubelet refuses. */
  run(ctx: WorkContext): Promise<ExitReason>
}

/** node-driver-registrar: kubelet's plugin registration for a CSI driver. It talks to no API server. */
export function createRegistrar(deps: RegistrarDeps, options: RegistrarOptions): Registrar {
  return { name: 'node-driver-registrar', run: (ctx) => run(deps, options, ctx) }
}

async function run(deps: RegistrarDeps, options: RegistrarOptions, ctx: WorkContext): Promise<ExitReason> {
  const start = planStart(options)
  switch (start.kind) {
    case 'mistake':
      return failedWith(start.message)
    case 'probe':
      ctx.log.info('this mode does nothing any more, use an HTTP probe on /healthz', { mode: options.mode })
      return { kind: 'finished' }
    case 'register':
      try {
        return await register(deps, options, start.httpEndpoint, ctx)
      } catch (error) {
        return ctx.signal.aborted ? { kind: 'finished' } : failedWith('node-driver-registrar cannot go on', error)
      }
  }
}

async function register(
  deps: RegistrarDeps,
  options: RegistrarOptions,
  httpEndpoint: string | undefined,
  ctx: WorkContext,
): Promise<ExitReason> {
  const { log } = ctx
  const driver = await connect(deps, options, ctx, options.driverConnectTimeoutMs || Number.POSITIVE_INFINITY)
  const refused = Promise.withResolvers<ExitReason>()
  const ending = linkSignals(ctx.signal)
  let registration: Registration | undefined
  let endpoints: HttpEndpoints | undefined
  try {
    const driverName = await askName(driver, options, ctx)
    log.info('CSI driver name', { driver: driverName })
    registration = await serveRegistration({
      driverName,
      endpoint: options.kubeletRegistrationPath,
      registrationDir: options.pluginRegistrationPath,
      restore: options.restoreSocket,
      keepSocket: options.keepSocket,
      metrics: deps.metrics,
      clock: deps.clock,
      log,
      signal: ctx.signal,
      onRefused: (error) =>
        refused.resolve(
          failedWith('Registration process failed with error, restarting registration container', new Error(error)),
        ),
    })
    registerProcessMetrics(deps.metrics, deps)
    if (httpEndpoint === undefined) {
      log.info('skipping HTTP server')
    } else {
      endpoints = createRegistrarEndpoints({ registration, driverName, metrics: deps.metrics, log }, options)
      log.info('serving health', await endpoints.listen(httpEndpoint))
    }
    deps.onServing?.(registration)

    const following = options.followDriver
      ? followDriver(
          driver,
          {
            registration,
            clock: deps.clock,
            reconnect: (signal) => connect(deps, options, { ...ctx, signal }, Number.POSITIVE_INFINITY),
            askName: (again) => askName(again, options, ctx),
          },
          { driverName, lostTimeoutMs: options.driverLostTimeoutMs },
          { ...ctx, signal: ending.signal },
        )
      : undefined
    if (following === undefined) driver.close() // it has said all that is needed
    return await Promise.race([
      refused.promise,
      endOf(untilAborted(ctx.signal)),
      ...(following === undefined ? [] : [endOf(following)]),
    ])
  } finally {
    ending.abort()
    driver.close()
    await registration?.close()
    await endpoints?.close()
  }
}

function connect(
  deps: RegistrarDeps,
  { csiAddress }: RegistrarOptions,
  { log, signal }: WorkContext,
  connectTimeoutMs: number,
): Promise<DriverConnection> {
  return connectDriver({ address: csiAddress, connectTimeoutMs, log, signal, clock: deps.clock })
}

async function askName(driver: DriverConnection, { timeoutMs }: RegistrarOptions, ctx: WorkContext): Promise<string> {
  ctx.log.v(1).info('calling CSI driver to discover driver name')
  return await getDriverName(driver, ctx, { timeoutMs })
}

async function endOf(work: Promise<void>): Promise<ExitReason> {
  await work
  return { kind: 'finished' }
}
