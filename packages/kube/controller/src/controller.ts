import { type Clock, systemClock, untilAborted, withDeadline } from '@csi-ts/concurrency'
import type { ObjectKey } from '@csi-ts/kube-api'
import type { Logger, MetricsRegistry, WorkContext } from '@csi-ts/telemetry'
import { type ControllerMetrics, createControllerMetrics } from './controller-metrics.ts'
import { workSignal } from './graceful-stop.ts'
import { type AddOptions, createWorkQueue, type WorkQueue, type WorkQueueOptions } from './queue/work-queue.ts'
import { type Reconciler, TerminalError } from './reconciler.ts'

/** A queue, a reconciler and the workers between them. */
export interface Controller {
  readonly name: string
  readonly queue: WorkQueue
  /** Asks for a reconciliation of `key` as soon as a worker is free. */
  enqueue(key: ObjectKey, options?: AddOptions): void
  /**
   * Works until the signal fires; resolves when no reconciliation runs any more. What is in hand then sees its own signal
   * fire: at once, or at the end of the grace when the reason is a `GracefulStop`. Keys that still wait are left: whoever
   * starts next sees the same objects. Never rejects.
   */
  run(ctx: WorkContext): Promise<void>
}

/** Settings of {@link createController}. */
export interface ControllerOptions {
  /** Name in logs and metrics, and of the queue unless that has its own. */
  readonly name: string
  readonly reconciler: Reconciler
  /** A queue, or the settings of one. Default: client-go's limiter. */
  readonly queue?: WorkQueue | Partial<WorkQueueOptions> | undefined
  /** Keys that are worked on at a time. */
  readonly workers: number
  readonly log: Logger
  /** Where `workqueue_*` and `controller_runtime_*` go; none when absent. */
  readonly metrics?: MetricsRegistry | undefined
  readonly clock?: Clock | undefined
}

/** How long a reconciliation that ignores its signal is waited for. */
const abandonMs = 4000

/** Makes a controller that does nothing until it runs. Throws a RangeError unless `workers` is a whole number of at least 1. */
export function createController(options: ControllerOptions): Controller {
  const { name, workers, reconciler, log, metrics, clock = systemClock, queue: given } = options
  if (!Number.isInteger(workers) || workers < 1) throw new RangeError(`workers must be at least 1, not ${workers}`)
  const queue = isQueue(given) ? given : createWorkQueue({ name, clock, metrics, ...given })
  const measured = createControllerMetrics(metrics, { name, workers })
  return {
    name,
    queue,
    enqueue: (key, add) => queue.add(key, add),
    run: (ctx) => runWorkers({ workers, clock, queue, reconciler, measured, log: log.with({ controller: name }) }, ctx),
  }
}

interface Parts {
  readonly workers: number
  readonly clock: Clock
  readonly queue: WorkQueue
  readonly reconciler: Reconciler
  readonly measured: ControllerMetrics
  readonly log: Logger
}

async function runWorkers(parts: Parts, ctx: WorkContext): Promise<void> {
  using work = workSignal(ctx.signal)
  const inHand = { ...ctx, signal: work.signal }
  const loops = Promise.all(Array.from({ length: parts.workers }, () => runWorker(parts, ctx.signal, inHand)))
  await Promise.race([loops, abandoned(work.signal, loops, parts)])
  parts.queue.shutDown()
}

async function runWorker(parts: Parts, stop: AbortSignal, ctx: WorkContext): Promise<void> {
  for (;;) {
    const key = await parts.queue.get({ signal: stop })
    if (key === undefined) return
    await reconcileOne(parts, key, ctx)
    parts.queue.done(key)
  }
}

async function reconcileOne(
  { queue, reconciler, measured, clock, log }: Parts,
  key: ObjectKey,
  ctx: WorkContext,
): Promise<void> {
  const startedMs = clock.monotonicMs()
  const finish = (result: Parameters<ControllerMetrics['finished']>[0]): void =>
    measured.finished(result, (clock.monotonicMs() - startedMs) / 1000)
  measured.started()
  try {
    const result = await reconciler.reconcile(key, { ...ctx, log: log.with({ key }) })
    queue.forget(key)
    if (result.kind === 'requeue') queue.addAfter(key, result.afterMs)
    finish(result.kind === 'requeue' ? 'requeue_after' : 'success')
  } catch (error) {
    if (ctx.signal.aborted) {
      finish('cancelled')
      log.v(4).info('reconciliation was cancelled', { key })
    } else if (error instanceof TerminalError) {
      queue.forget(key)
      finish('terminal_error')
      log.error('reconciliation failed for good', error, { key })
    } else {
      queue.addRateLimited(key)
      finish(isProgrammingError(error) ? 'panic' : 'error')
      log.error('reconciliation failed, will try again', error, { key, failures: queue.failures(key) })
    }
  }
}

/** What Go would have panicked on. */
function isProgrammingError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}

/** Resolves some time after the work signal fired when the workers have not come back by then. */
async function abandoned(signal: AbortSignal, loops: Promise<unknown>, { clock, queue, log }: Parts): Promise<void> {
  await untilAborted(signal)
  try {
    await withDeadline(abandonMs, () => loops, { clock })
  } catch {
    log.error('gave up waiting for reconciliations that ignore their signal', undefined, { inWork: queue.inWork })
  }
}

function isQueue(queue: ControllerOptions['queue']): queue is WorkQueue {
  return queue !== undefined && 'addRateLimited' in queue
}
