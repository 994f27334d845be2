import { type Clock, linkSignals, systemClock } from '@csi-ts/concurrency'
import type { Referable } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import type { Logger, WorkContext } from '@csi-ts/telemetry'
import { createWorkQueue } from '../queue/work-queue.ts'
import { CoreEventWriter } from './core-event-writer.ts'
import { type EventWriter, type Happening, isWorthRetrying, type PendingEvent } from './event-writer.ts'
import { SeriesWriter } from './series-writer.ts'

/** What else can be said of an event. */
export interface EventDetails {
  /** What was tried, such as `Provisioning`. `events.k8s.io` always has one. Default there: the reason; else none. */
  readonly action?: string | undefined
  /** A second object that has to do with it. */
  readonly related?: Referable | undefined
}

/** Tells users what happened to an object, as Events that `kubectl describe` shows. Best effort: never waits, never throws. */
export interface EventRecorder {
  normal(object: Referable, reason: string, message: string, details?: EventDetails): void
  warning(object: Referable, reason: string, message: string, details?: EventDetails): void
  /** Resolves when what was recorded so far has been written or given up, counts included; rejects with the signal's reason. */
  flush(ctx: Pick<WorkContext, 'signal'>): Promise<void>
  /** Drops what is not written, and refuses more. Flush before. */
  close(): void
}

/** Settings of {@link createEventRecorder}. */
export interface EventRecorderOptions {
  readonly client: KubeClient
  /**
   * The API to write. `v1`: every occurrence is a write, with client-go's correlation and spam filter. `events.k8s.io/v1`: what
   * happens again is counted here and written as a series, at its second time, every half hour and after six quiet minutes; only its
   * first message is kept. Each needs its own RBAC: `create` and `patch` of `events` in its group. Default `v1`, as upstream's sidecars.
   */
  readonly api?: 'v1' | 'events.k8s.io/v1' | undefined
  /** Who reports: the event's source. For `events.k8s.io/v1` a qualified name. */
  readonly component: string
  /** Where it runs. Default: empty. */
  readonly host?: string | undefined
  readonly clock?: Clock | undefined
  readonly log: Logger
  /** Events that may wait; more are dropped, with a log line. Default 1000. */
  readonly maxWaiting?: number | undefined
  /** Writes at a time; those about one object stay in order. Default 4. */
  readonly writers?: number | undefined
  /** Source of jitter, in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** client-go's numbers: an event is tried so often, with that pause (a random part of it after the first). */
const maxTries = 12
const retryMs = 10_000

/** Makes a recorder that writes in the background until it is closed. Throws on a component that `events.k8s.io/v1` would refuse. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new BackgroundRecorder(options)
}

class BackgroundRecorder implements EventRecorder {
  readonly #log: Logger
  readonly #clock: Clock
  readonly #random: () => number
  readonly #maxWaiting: number
  readonly #writer: EventWriter
  /** Objects that have events waiting. The queue sees to it that one object has one writer at a time. */
  readonly #objects
  /** Waiting events by object, oldest first. */
  readonly #lanes = new Map<string, PendingEvent[]>()
  readonly #life = linkSignals()
  #waiting = 0
  #dropped = 0
  #flushes: (() => void)[] = []

  constructor(options: EventRecorderOptions) {
    const {
      api = 'v1',
      client,
      component,
      host = '',
      log,
      clock = systemClock,
      maxWaiting = 1000,
      writers = 4,
    } = options
    this.#log = log
    this.#clock = clock
    this.#random = options.random ?? Math.random
    this.#maxWaiting = maxWaiting
    const whose = { client, component, host, clock }
    this.#writer =
      api === 'v1' ? new CoreEventWriter(whose) : new SeriesWriter({ ...whose, onDue: (event) => this.#enqueue(event) })
    this.#objects = createWorkQueue({ name: 'events', clock })
    for (let index = 0; index < writers; index++) void this.#write({ signal: this.#life.signal, log })
  }

  normal(regarding: Referable, reason: string, message: string, details?: EventDetails): void {
    this.#record({ ...details, regarding, type: 'Normal', reason, message })
  }

  warning(regarding: Referable, reason: string, message: string, details?: EventDetails): void {
    this.#record({ ...details, regarding, type: 'Warning', reason, message })
  }

  async flush({ signal }: Pick<WorkContext, 'signal'>): Promise<void> {
    await this.#writeCounts(signal)
    // What happened while a write was on its way is in no write yet.
    await this.#writeCounts(signal)
  }

  #writeCounts(signal: AbortSignal): Promise<void> {
    for (const event of this.#writer.unwritten()) this.#enqueue(event)
    if (this.#waiting === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason)
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      this.#flushes.push(() => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
    })
  }

  close(): void {
    if (this.#life.signal.aborted) return
    if (this.#waiting > 0) this.#log.warn('dropped events that were not written yet', { events: this.#waiting })
    this.#life.abort()
    this.#writer.close()
    this.#objects.shutDown()
    this.#lanes.clear()
    this.#settle(this.#waiting)
  }

  #record(happening: Happening): void {
    if (this.#life.signal.aborted) return
    if (this.#waiting >= this.#maxWaiting) {
      // Once per jam: who cannot write events fast enough must not write as many log lines instead.
      if (this.#dropped++ === 0)
        this.#log.warn('too many events are waiting, dropping some', {
          waiting: this.#waiting,
          reason: happening.reason,
        })
      return
    }
    const event = this.#writer.record(happening)
    if (event !== undefined) this.#enqueue(event)
  }

  #enqueue(event: PendingEvent): void {
    this.#waiting++
    const lane = this.#lanes.get(event.object)
    if (lane === undefined) this.#lanes.set(event.object, [event])
    else lane.push(event)
    this.#objects.add(event.object)
  }

  async #write(ctx: WorkContext): Promise<void> {
    for (;;) {
      const object = await this.#objects.get(ctx)
      if (object === undefined) return
      const waitMs = await this.#writeFirst(object, ctx)
      if (waitMs !== undefined) this.#objects.addAfter(object, waitMs)
      this.#objects.done(object)
    }
  }

  /** Writes the oldest event of an object. Returns how long to wait before the next; undefined when none is left. */
  async #writeFirst(object: string, ctx: WorkContext): Promise<number | undefined> {
    const lane = this.#lanes.get(object)
    const event = lane?.[0]
    if (lane === undefined || event === undefined) return undefined
    const nowMs = this.#clock.monotonicMs()
    // A newer event of the object has woken us before the older one's time.
    if (event.retryAtMs > nowMs) return event.retryAtMs - nowMs
    try {
      await event.write(ctx)
    } catch (error) {
      if (ctx.signal.aborted) return undefined
      const waitMs = this.#waitAfter(event, error)
      if (waitMs !== undefined) return waitMs
      event.givenUp?.()
    }
    if (ctx.signal.aborted) return undefined
    lane.shift()
    if (lane.length === 0) this.#lanes.delete(object)
    this.#settle(1)
    return lane.length === 0 ? undefined : 0
  }

  /** How long to wait before another try of an event that could not be written; undefined, and a log line, to give it up. */
  #waitAfter(event: PendingEvent, error: unknown): number | undefined {
    const { reason } = event
    if (!isWorthRetrying(error)) {
      this.#log.warn('server refused an event', { reason, error: String(error) })
      return undefined
    }
    if (++event.tries >= maxTries) {
      this.#log.error('could not write an event, giving up', error, { reason, tries: event.tries })
      return undefined
    }
    this.#log.v(2).info('could not write an event, will try again', { reason, error: String(error) })
    const waitMs = event.tries === 1 ? retryMs * this.#random() : retryMs
    event.retryAtMs = this.#clock.monotonicMs() + waitMs
    return waitMs
  }

  #settle(events: number): void {
    this.#waiting -= events
    if (this.#dropped > 0 && this.#waiting < this.#maxWaiting / 2) {
      this.#log.warn('dropped events', { events: this.#dropped })
      this.#dropped = 0
    }
    if (this.#waiting > 0) return
    for (const resolve of this.#flushes.splice(0)) resolve()
  }
}
