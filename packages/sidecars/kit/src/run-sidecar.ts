import { type Clock, linkSignals, withDeadline } from '@csi-ts/concurrency'
import { createKubeClient, type KubeClient, loadClusterConfig } from '@csi-ts/kube-client'
import { createEventRecorder, createInformers, createManager, type EventRecorder } from '@csi-ts/kube-controller'
import { type ExitReason, failedWith, type ProcessContext, UsageError } from '@csi-ts/process'
import { createMetrics, type MetricsRegistry, mergeMetrics, registerProcessMetrics } from '@csi-ts/telemetry'
import { checkElectionTimes, optionMistake, rateLimitOf } from './check-options.ts'
import type { CommonOptions } from './common-flags.ts'
import { connectReadyDriver, type ReadyDriver } from './driver-connection.ts'
import { createElection } from './election.ts'
import { serveHttp } from './serve-http.ts'
import type { SidecarModule } from './sidecar.ts'

/** How long events may still be written at the end. */
const flushMs = 2000

/**
 * Runs one sidecar from start to end: checks options, reaches the cluster and the driver, serves HTTP, takes part in the
 * election, fills the caches, works, and puts everything away again. Returns why it ended; only a `UsageError` is thrown.
 */
export async function runSidecar<O extends object>(
  module: SidecarModule<O>,
  options: O & CommonOptions,
  ctx: ProcessContext,
): Promise<ExitReason> {
  const mistake = optionMistake(options) ?? module.mistake?.(options, ctx.env)
  if (mistake !== undefined) return failedWith(mistake)
  checkElectionTimes(options)
  rateLimitOf(options, ctx.changedFlags)

  const cleanups: Cleanup[] = []
  try {
    const metrics = createMetrics()
    registerProcessMetrics(metrics, { startTimeMs: ctx.startTimeMs })
    const client = await stage('cannot reach the cluster', connectCluster(module, options, metrics, ctx))
    cleanups.push(() => client.close())
    const driver = await stage('cannot use the CSI driver', connectDriver(module, options, ctx))
    cleanups.push(() => driver.connection.close())
    return await work(module, options, { metrics, client, driver, cleanups }, ctx)
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (ctx.signal.aborted) return { kind: 'finished' }
    return error instanceof StartError
      ? failedWith(error.message, error.cause)
      : failedWith(`${module.name} failed`, error)
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
}

type Cleanup = () => void | Promise<void>

/** Something that a sidecar needs cannot be had; the cause says why. */
class StartError extends Error {
  override readonly name = 'StartError'
}

async function stage<T>(failure: string, step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (error) {
    throw error instanceof UsageError ? error : new StartError(failure, { cause: error })
  }
}

async function connectCluster<O extends object>(
  module: SidecarModule<O>,
  options: O & CommonOptions,
  metrics: MetricsRegistry,
  { clock, log, env, changedFlags }: ProcessContext,
): Promise<KubeClient> {
  const kubeconfig = (module.kubeconfigFromEnv === true ? env['KUBECONFIG'] : undefined) || options.kubeconfig
  const config = await loadClusterConfig({ kubeconfig, master: module.master?.(options), env })
  const userAgent = `${module.name}/${module.version}`
  return createKubeClient({ config, userAgent, rateLimit: rateLimitOf(options, changedFlags), clock, log, metrics })
}

function connectDriver<O extends object>(
  module: SidecarModule<O>,
  options: O & CommonOptions,
  ctx: ProcessContext,
): Promise<ReadyDriver> {
  const { asks, migration } = module
  const timeoutMs = module.callTimeoutMs(options)
  return connectReadyDriver({ address: options.csiAddress, timeoutMs, asks, migration, clock: ctx.clock }, ctx)
}

interface Reached {
  readonly metrics: MetricsRegistry
  readonly client: KubeClient
  readonly driver: ReadyDriver
  readonly cleanups: Cleanup[]
}

async function work<O extends object>(
  module: SidecarModule<O>,
  options: O & CommonOptions,
  { metrics, client, driver, cleanups }: Reached,
  ctx: ProcessContext,
): Promise<ExitReason> {
  const { clock, log } = ctx
  const { info: driverInfo, connection } = driver
  const component = module.eventComponent?.(driverInfo.name, options) ?? module.name
  const events = createEventRecorder({ client, component, clock, log })
  cleanups.push(() => finishEvents(events, clock))
  const informers = createInformers({ client, clock, log, metrics })
  informers.register(module.needs(driverInfo, options))
  const deps = { driver: connection, driverInfo, client, informers, events, metrics, clock, log }
  const sidecar = await stage(`${module.name} cannot start`, Promise.resolve(module.create(deps, options)))

  const lockName = module.leaseName(driverInfo.name, options)
  const releaseOnExit = module.releaseLease?.(options) ?? true
  const election = options.leaderElection
    ? await createElection(options, { client, lockName, releaseOnExit, metrics }, ctx)
    : undefined
  if (election !== undefined) cleanups.push(() => finishEvents(election.events, clock))
  const http = await stage(
    'cannot serve HTTP',
    serveHttp(options, {
      metrics: mergeMetrics(metrics, driver.metrics),
      elector: election?.elector,
      log,
      extra: (endpoints) => module.serve?.(endpoints, options),
    }),
  )
  cleanups.push(() => http?.close())

  let reason: ExitReason = { kind: 'finished' }
  const run = async (workCtx: typeof ctx): Promise<void> => {
    reason = await sidecar.run(workCtx)
  }
  const manager = createManager({
    informers,
    runnables: [{ run: (workCtx) => run({ ...ctx, ...workCtx }) }],
    elector: election?.elector,
    clock,
  })
  // Without its driver a sidecar can do nothing, leading or not.
  using untilLost = linkSignals(ctx.signal, connection.lost)
  const outcome = await manager.run({ ...ctx, signal: untilLost.signal })
  if (connection.lost.aborted && !ctx.signal.aborted) {
    return { kind: 'lost-driver', message: 'Lost connection to CSI driver, exiting' }
  }
  if (outcome === 'lost-lease') return { kind: 'lost-lease', message: 'stopped leading' }
  return reason
}

async function finishEvents(events: EventRecorder, clock: Clock): Promise<void> {
  // Best effort, like all of it: what cannot be written in this time is dropped, and said so.
  await withDeadline(flushMs, (signal) => events.flush({ signal }), { clock }).catch(() => undefined)
  events.close()
}
