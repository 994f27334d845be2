import { type Clock, systemClock } from '@csi-ts/concurrency'
import type { MetricsRegistry } from '@csi-ts/telemetry'
import { DelayedKeys } from './delayed-keys.ts'
import { PendingKeys } from './pending-keys.ts'
import { createQueueMetrics, type QueueMetrics } from './queue-metrics.ts'
import { defaultLimiter, type RateLimiter } from './rate-limiter.ts'

/** How urgent a key is. */
export interface AddOptions {
  /** Higher is handed out first; within one priority, first come, first served. Default 0. */
  readonly priority?: number | undefined
}

/**
 * Keys that need work. A key waits at most once however often it is added; it is never handed out again before `done`;
 * one that is added while it is being worked on is handed out again after `done`. client-go's queue, with its three
 * layers (deduplication, delays, rate limits) in one object.
 */
export interface WorkQueue {
  /** Asks for work on `key` as soon as possible. Does nothing after {@link shutDown}. */
  add(key: string, options?: AddOptions): void
  /** Asks for work on `key` after `delayMs`; of several delays the shortest wins. A plain `add` in between is not cancelled by it. */
  addAfter(key: string, delayMs: number, options?: AddOptions): void
  /** Asks for work on `key` after the wait that the limiter gives it for one more failure. */
  addRateLimited(key: string, options?: AddOptions): void
  /** Forgets the failures of `key`: after success, or when it is given up. */
  forget(key: string): void
  /** Failures since the last {@link forget}. */
  failures(key: string): number
  /**
   * Waits for a key. Undefined when the queue was shut down and nothing is left, or when the signal fired (a context fits).
   * Every key that is handed out must be given back with {@link done}.
   */
  get(options: { readonly signal?: AbortSignal | undefined }): Promise<string | undefined>
  /** The work on `key` ended, however it ended. */
  done(key: string): void
  /** Refuses new keys and drops delayed ones; keys that wait are still handed out. */
  shutDown(): void
  /** Like {@link shutDown}, and resolves when everything that was waiting or in work is done. */
  drain(): Promise<void>
  /** Keys that wait to be handed out; neither delayed ones nor those in work. */
  readonly length: number
  /** Keys that wait for their time. */
  readonly delayed: number
  /** Keys that were handed out and not given back. */
  readonly inWork: number
}

/** Settings of {@link createWorkQueue}. */
export interface WorkQueueOptions {
  /** Value of the metrics' `name` label. */
  readonly name: string
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Default: {@link defaultLimiter}. */
  readonly limiter?: RateLimiter | undefined
  /** Where the `workqueue_*` families go; none when absent. */
  readonly metrics?: MetricsRegistry | undefined
}

/** Makes an empty queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const clock = options.clock ?? systemClock
  return new KeyQueue(
    clock,
    options.limiter ?? defaultLimiter(clock),
    createQueueMetrics({ name: options.name, clock, metrics: options.metrics }),
  )
}

type Waiter = (key: string | undefined) => void

class KeyQueue implements WorkQueue {
  readonly #limiter: RateLimiter
  readonly #metrics: QueueMetrics
  /** Every key here needs work and is not in work. */
  readonly #pending = new PendingKeys()
  /** Keys that were handed out. */
  readonly #processing = new Set<string>()
  /** Keys of `#processing` that were added again meanwhile, with their priority. */
  readonly #again = new Map<string, number>()
  readonly #delayed: DelayedKeys
  /** Whoever is here waits because `#pending` is empty. */
  readonly #waiters = new Set<Waiter>()
  #drained: (() => void)[] = []
  #shutDown = false

  constructor(clock: Clock, limiter: RateLimiter, metrics: QueueMetrics) {
    this.#limiter = limiter
    this.#metrics = metrics
    this.#delayed = new DelayedKeys(clock, (key, priority) => this.add(key, { priority }))
  }

  get length(): number {
    return this.#pending.size
  }

  get delayed(): number {
    return this.#delayed.size
  }

  get inWork(): number {
    return this.#processing.size
  }

  add(key: string, { priority = 0 }: AddOptions = {}): void {
    if (this.#shutDown) return
    if (this.#processing.has(key)) {
      const asked = this.#again.get(key)
      if (asked === undefined) this.#metrics.added(key)
      this.#again.set(key, Math.max(asked ?? priority, priority))
      return
    }
    const before = this.#pending.size
    this.#pending.push(key, priority)
    if (this.#pending.size > before) this.#metrics.added(key)
    this.#serve()
  }

  addAfter(key: string, delayMs: number, { priority = 0 }: AddOptions = {}): void {
    if (this.#shutDown) return
    this.#metrics.retried()
    if (delayMs > 0) this.#delayed.add(key, delayMs, priority)
    else this.add(key, { priority })
  }

  addRateLimited(key: string, options?: AddOptions): void {
    this.addAfter(key, this.#limiter.delayMs(key), options)
  }

  forget(key: string): void {
    this.#limiter.forget(key)
  }

  failures(key: string): number {
    return this.#limiter.failures(key)
  }

  get({ signal }: { readonly signal?: AbortSignal | undefined }): Promise<string | undefined> {
    if (signal?.aborted === true) return Promise.resolve(undefined)
    const key = this.#take()
    if (key !== undefined || this.#shutDown) return Promise.resolve(key)
    return new Promise((resolve) => {
      const onAbort = (): void => waiter(undefined)
      const waiter = (given: string | undefined): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
        resolve(given)
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  done(key: string): void {
    if (!this.#processing.delete(key)) return
    this.#metrics.finished(key)
    const priority = this.#again.get(key)
    if (priority !== undefined) {
      this.#again.delete(key)
      this.#pending.push(key, priority)
      this.#serve()
    }
    this.#checkDrained()
  }

  shutDown(): void {
    this.#shutDown = true
    this.#delayed.clear()
    for (const waiter of this.#waiters) waiter(undefined)
  }

  drain(): Promise<void> {
    this.shutDown()
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#checkDrained()
    })
  }

  #take(): string | undefined {
    const next = this.#pending.shift()
    if (next === undefined) return undefined
    this.#processing.add(next.key)
    this.#metrics.started(next.key)
    return next.key
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const key = this.#take()
      if (key === undefined) return
      waiter(key)
    }
  }

  #checkDrained(): void {
    if (this.#pending.size > 0 || this.#processing.size > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
