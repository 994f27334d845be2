import { type Clock, linkSignals, sleep, systemClock, withDeadline } from '@csi-ts/concurrency'
import type { KubeClient } from '@csi-ts/kube-client'
import type { Logger, MetricsRegistry, WorkContext } from '@csi-ts/telemetry'
import type { EventRecorder } from '../events/event-recorder.ts'
import { stopGracefully, WorkAbandonedError } from '../graceful-stop.ts'
import { createElectionMetrics, type ElectionMetrics } from './election-metrics.ts'
import { acquireJitter, checkTiming, type ElectionTiming } from './election-timing.ts'
import { LeaseClaim } from './lease-claim.ts'
import { LeaseLock, type LeaseName } from './lease-lock.ts'

/** The lease was lost: somebody else may lead already, so work stops at once. Reason of the leader's signal. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}

/** Takes part in an election, and leads when elected. */
export interface LeaderElector {
  /**
   * Waits for the lease, runs `lead` while it is held, and resolves when that is over: `lost` when the lease could not be
   * renewed in time, else `released`. When `ctx` ends, `lead`'s signal fires with a `GracefulStop`, the lease is renewed
   * until `lead` has finished (or its grace is over), and only then given back. Rejects with what `lead` throws.
   */
  run(ctx: WorkContext, lead: (ctx: WorkContext) => Promise<void>): Promise<'released' | 'lost'>
  /** Whether this process holds the lease, as far as it can know by its own clock. */
  isLeader(): boolean
  /** Not ok when this process leads but has not renewed for the lease duration and 20 s: it hangs, and should be restarted. */
  healthCheck(): { readonly ok: boolean; readonly message: string }
}

/** Settings of {@link createLeaderElector}. */
export interface LeaderElectorOptions extends ElectionTiming {
  /** A client whose requests no rate limit of other work can hold up. */
  readonly client: KubeClient
  readonly lease: LeaseName
  /** Who we are. The same after a restart, so that our own lease is taken up again at once. */
  readonly identity: string
  /** Gives the lease back at the end, so that the next leader need not wait for it to expire. */
  readonly releaseOnExit: boolean
  /** How long work in hand may go on after `ctx` ended. Default 10 s. */
  readonly drainMs?: number | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly clock?: Clock | undefined
  readonly log: Logger
  readonly metrics?: MetricsRegistry | undefined
  /** Records `LeaderElection` events on the lease; none when absent. */
  readonly events?: EventRecorder | undefined
  /** Source of jitter, in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** How long a leader that has not renewed is still called healthy, beyond the lease duration. */
const healthToleranceMs = 20_000

/** How long before the end a leader makes its last try to renew. */
const lastTryMs = 500

/** Makes a candidate that does nothing until it runs. Throws when the times do not fit together. */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  checkTiming(options)
  return new LeaseElector(options)
}

interface LeadResult {
  readonly outcome: 'released' | 'lost'
  /** False: it ignored its signal and may still be running. */
  readonly workEnded: boolean
}

class LeaseElector implements LeaderElector {
  readonly #o: LeaderElectorOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #lock: LeaseLock
  readonly #claim: LeaseClaim
  readonly #metrics: ElectionMetrics
  readonly #random: () => number
  #leading = false
  #failures = 0

  constructor(options: LeaderElectorOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#log = options.log.with({ lease: `${options.lease.namespace}/${options.lease.name}` })
    this.#metrics = createElectionMetrics(options.metrics, options.lease.name)
    this.#random = options.random ?? Math.random
    const { client, lease, labels } = options
    this.#lock = new LeaseLock({ client, lease, labels, clock: this.#clock })
    this.#claim = new LeaseClaim({
      lock: this.#lock,
      identity: options.identity,
      leaseDurationMs: options.leaseDurationMs,
      clock: this.#clock,
      log: this.#log,
      onSlowPath: () => this.#metrics.slowPath(),
    })
  }

  isLeader(): boolean {
    return this.#leading && this.#claim.holds()
  }

  healthCheck(): { readonly ok: boolean; readonly message: string } {
    const { name } = this.#o.lease
    const tooOld = this.#claim.isOurs() && this.#claim.ageMs() > this.#o.leaseDurationMs + healthToleranceMs
    return tooOld
      ? { ok: false, message: `failed election to renew leadership on lease ${name}` }
      : { ok: true, message: 'ok' }
  }

  async run(ctx: WorkContext, lead: (ctx: WorkContext) => Promise<void>): Promise<'released' | 'lost'> {
    if (!(await this.#acquire(ctx))) return 'released'
    this.#setLeading(true)
    let mayRelease = true
    try {
      const { outcome, workEnded } = await this.#lead(ctx, lead)
      mayRelease = workEnded
      return outcome
    } finally {
      this.#setLeading(false)
      if (this.#o.releaseOnExit && mayRelease) await this.#release(ctx)
    }
  }

  async #acquire(ctx: WorkContext): Promise<boolean> {
    this.#log.info('attempting to acquire leader lease')
    const { retryPeriodMs } = this.#o
    while (!ctx.signal.aborted) {
      if (await this.#try(ctx)) {
        this.#log.info('acquired lease', { identity: this.#o.identity })
        return true
      }
      const waitMs = retryPeriodMs * (1 + acquireJitter * this.#random())
      await sleep(waitMs, { signal: ctx.signal, clock: this.#clock }).catch(() => undefined)
    }
    return false
  }

  async #lead(ctx: WorkContext, lead: (ctx: WorkContext) => Promise<void>): Promise<LeadResult> {
    let workEnded = true
    const lost = linkSignals()
    // Not linked to ctx: the lease is kept until the work is done.
    const renewing = linkSignals()
    const renewal = this.#renew({ ...ctx, signal: renewing.signal }).then((reason) => {
      if (reason === undefined) return
      this.#log.error('lost the lease', undefined, { identity: this.#o.identity, reason })
      lost.abort(new LeaseLostError(`lost the lease ${this.#o.lease.namespace}/${this.#o.lease.name}: ${reason}`))
    })
    const { drainMs = 10_000 } = this.#o
    const options = { drainMs, clock: this.#clock, cut: lost.signal }
    try {
      await stopGracefully(ctx.signal, options, (signal) => lead({ ...ctx, signal }))
    } catch (error) {
      // Work that ends with the reason of its own signal was told to.
      if (!lost.signal.aborted && !ctx.signal.aborted) throw error
      workEnded = !(error instanceof WorkAbandonedError)
      if (workEnded) this.#log.v(4).info('work ended', { reason: String(error) })
      else this.#log.error('work goes on although it was told to stop: the lease is not given back', error)
    } finally {
      renewing.abort()
      await renewal
    }
    return { outcome: lost.signal.aborted ? 'lost' : 'released', workEnded }
  }

  /** Renews until told to stop; resolves with the reason when the lease is lost. */
  async #renew(ctx: WorkContext): Promise<string | undefined> {
    const { retryPeriodMs, renewDeadlineMs } = this.#o
    for (;;) {
      await this.#pause(retryPeriodMs, ctx)
      const startedMs = this.#clock.monotonicMs()
      // client-go counts the deadline from here. That alone would let a leader go on for retry period + renew deadline, which is
      // the whole lease with the usual numbers: whatever comes first, a leader stops before its lease can be taken.
      const deadlineMs = Math.min(startedMs + renewDeadlineMs, this.#claim.surelyOursUntilMs())
      for (;;) {
        if (ctx.signal.aborted) return undefined
        // Also true when this process was stopped for a while: then it must not even ask.
        if (this.#clock.monotonicMs() >= deadlineMs) return 'could not renew it in time'
        if (await this.#try(ctx, deadlineMs)) break
        if (this.#claim.isOthers()) return 'somebody else holds it'
        const leftMs = deadlineMs - this.#clock.monotonicMs()
        // The last try is made shortly before the end, not up to a retry period earlier.
        const waitMs = leftMs > lastTryMs ? Math.min(retryPeriodMs, leftMs - lastTryMs) : leftMs
        await this.#pause(waitMs, ctx)
      }
    }
  }

  /** One try, of at most half the renew deadline: a server that does not answer must not use up all the time. */
  async #try(ctx: WorkContext, deadlineMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const timeoutMs = Math.min(this.#o.renewDeadlineMs / 2, deadlineMs - this.#clock.monotonicMs())
    const attempt = (signal: AbortSignal): Promise<boolean> => this.#claim.acquireOrRenew({ ...ctx, signal })
    const limits = { signal: ctx.signal, clock: this.#clock, what: 'no answer' }
    try {
      const held = await withDeadline(timeoutMs, attempt, limits)
      this.#failures = 0
      return held
    } catch (error) {
      if (ctx.signal.aborted) return false
      // The first of a row is worth an error line.
      if (this.#failures++ === 0) this.#log.error('could not get or renew the lease, will keep trying', error)
      else this.#log.v(2).info('still could not get or renew the lease', { reason: String(error) })
      return false
    }
  }

  async #release(ctx: WorkContext): Promise<void> {
    // The context is over by now; giving back has a time of its own.
    const give = (signal: AbortSignal): Promise<void> => this.#claim.release({ ...ctx, signal })
    try {
      await withDeadline(this.#o.renewDeadlineMs, give, { clock: this.#clock, what: 'release of the lease' })
    } catch (error) {
      this.#log.error('could not release the lease', error)
    }
  }

  async #pause(ms: number, ctx: WorkContext): Promise<void> {
    await sleep(ms, { signal: ctx.signal, clock: this.#clock }).catch(() => undefined)
  }

  #setLeading(leads: boolean): void {
    this.#leading = leads
    this.#metrics.leading(leads)
    const what = leads ? 'became leader' : 'stopped leading'
    this.#o.events?.normal(this.#lock.subject(), 'LeaderElection', `${this.#o.identity} ${what}`)
  }
}
