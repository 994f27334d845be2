import { type Clock, linkSignals, systemClock } from '@csi-ts/concurrency'
import type { WorkContext } from '@csi-ts/telemetry'
import { GracefulStop, stopGracefully } from './graceful-stop.ts'
import type { Informers } from './informer/informers.ts'
import type { LeaderElector } from './leader-election/leader-elector.ts'

/** Something that works until its signal fires; a `Controller` is one. */
export interface Runnable {
  run(ctx: WorkContext): Promise<void>
}

/** Brings caches, election and controllers up and down in the right order. */
export interface Manager {
  /**
   * Waits for the lease if there is an election, fills the caches, then runs everything. When `ctx` ends, the runnables take
   * no new work and finish what is in hand within the grace; when one of them ends or fails, the others stop at once. Only
   * then are the caches stopped and the lease given back. Rejects with the first failure of a runnable.
   */
  run(ctx: WorkContext): Promise<'finished' | 'lost-lease'>
}

/** Settings of {@link createManager}. */
export interface ManagerOptions {
  /** With all needs registered and all handlers added. */
  readonly informers: Informers
  readonly runnables: readonly Runnable[]
  /** Without one, work begins at once. */
  readonly elector?: LeaderElector | undefined
  /**
   * `leading`: a standby has no watches, as with upstream's sidecars. `always`: its caches are filled, so that it takes
   * over faster. Default `leading`.
   */
  readonly cacheWhen?: 'leading' | 'always' | undefined
  /** How long work in hand may go on after `ctx` ended; an elector has its own. Default 10 s. */
  readonly drainMs?: number | undefined
  readonly clock?: Clock | undefined
}

const progressMs = 10_000

/** Makes a manager that does nothing until it runs. */
export function createManager(options: ManagerOptions): Manager {
  const { informers, runnables, elector, cacheWhen = 'leading', drainMs = 10_000, clock = systemClock } = options

  const work = async (ctx: WorkContext): Promise<void> => {
    await syncedWithProgress(informers, clock, ctx)
    await runAll(runnables, ctx)
  }
  const withCaches = async <T>(ctx: WorkContext, run: () => Promise<T>): Promise<T> => {
    // Not linked to ctx: what is in hand while everything stops still reads the caches.
    const life = linkSignals()
    informers.start({ ...ctx, signal: life.signal })
    try {
      return await run()
    } finally {
      life.abort()
      await informers.stopped
    }
  }
  const gracefully = (ctx: WorkContext): Promise<void> =>
    stopGracefully(ctx.signal, { drainMs, clock }, (signal) => work({ ...ctx, signal }))

  const run = async (ctx: WorkContext): Promise<'finished' | 'lost-lease'> => {
    if (elector === undefined) {
      await withCaches(ctx, () => gracefully(ctx))
      return 'finished'
    }
    const elect = (lead: (ctx: WorkContext) => Promise<void>) => elector.run(ctx, lead)
    const outcome =
      cacheWhen === 'always'
        ? await withCaches(ctx, () => elect(work))
        : await elect((leading) => withCaches(leading, () => work(leading)))
    return outcome === 'lost' ? 'lost-lease' : 'finished'
  }
  return {
    async run(ctx) {
      try {
        return await run(ctx)
      } catch (error) {
        // Ending with the reason of the signal is what was asked for.
        if (ctx.signal.aborted && (error === ctx.signal.reason || error instanceof GracefulStop)) return 'finished'
        throw error
      }
    },
  }
}

async function syncedWithProgress(informers: Informers, clock: Clock, ctx: WorkContext): Promise<void> {
  const startedMs = clock.monotonicMs()
  const tick = (): void => {
    const waiting = informers.status().filter(({ synced }) => !synced)
    ctx.log.info('still waiting for caches', { resources: waiting.map(({ resource }) => resource) })
    timer = clock.setTimer(progressMs, tick)
  }
  let timer = clock.setTimer(progressMs, tick)
  try {
    await informers.synced(ctx)
  } finally {
    timer.cancel()
  }
  const objects = informers.status().reduce((sum, status) => sum + status.objects, 0)
  ctx.log.v(1).info('caches are filled', { objects, milliseconds: Math.round(clock.monotonicMs() - startedMs) })
}

/** The first that ends takes the others with it. */
async function runAll(runnables: readonly Runnable[], ctx: WorkContext): Promise<void> {
  using together = linkSignals(ctx.signal)
  const stopOthers = (): void => together.abort(new Error('another part has ended'))
  const running = runnables.map((runnable) => runnable.run({ ...ctx, signal: together.signal }).finally(stopOthers))
  const outcomes = await Promise.allSettled(running)
  for (const outcome of outcomes) {
    // Ending with the reason of the signal is no failure.
    if (outcome.status === 'rejected' && outcome.reason !== together.signal.reason) throw outcome.reason
  }
}
