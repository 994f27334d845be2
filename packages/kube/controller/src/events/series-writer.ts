import type { Timer } from '@csi-ts/concurrency'
import { type EventsV1Event, formatMicroTime, objectReference, resources } from '@csi-ts/kube-api'
import { isNotFound, type NewObject } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import { createEventNamer } from './event-name.ts'
import {
  createOnce,
  type EventWriter,
  type EventWriterOptions,
  type Happening,
  namespaceFor,
  objectId,
  type PendingEvent,
} from './event-writer.ts'
import { LruMap } from './lru-map.ts'

/** Settings of a {@link SeriesWriter}. */
export interface SeriesWriterOptions extends EventWriterOptions {
  /** Called from a timer with what is due although nothing happened. */
  readonly onDue: (event: PendingEvent) => void
}

/** Quiet time that ends a series, and how often is looked for it. */
const finishMs = 360_000
/** How long the server may be left with an old count of a series that goes on. */
const refreshMs = 1_800_000
/** Events that are remembered. */
const remembered = 4096
/** What the server takes, in bytes. */
const maxNoteBytes = 1024
const maxWordBytes = 128

/** An Event and how often it has happened. */
interface Series {
  readonly object: string
  readonly event: NewObject<EventsV1Event>
  count: number
  /** Wall and monotonic time of the last occurrence. */
  lastMs: number
  lastMonotonicMs: number
  /** The count that the server knows; 0: no event yet. */
  written: number
  writtenMonotonicMs: number
  waiting: boolean
}

/**
 * Writes `events.k8s.io` Events with client-go's rules: the first occurrence creates one, the second makes it a series, the
 * others are counted here; the count is written every half hour and when the series has ended. What differs only in its note, or in
 * the version of its object, is the same. Bounded in memory.
 */
export class SeriesWriter implements EventWriter {
  readonly #o: SeriesWriterOptions
  readonly #series = new LruMap<Series>(remembered)
  readonly #nameFor = createEventNamer()
  #timer: Timer | undefined

  /** Throws when the server would refuse every event of this component. */
  constructor(options: SeriesWriterOptions) {
    if (!/^([a-z0-9][-a-z0-9.]*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(options.component)) {
      throw new Error(
        `component of events.k8s.io events must be at most 63 letters, digits, "-", "_" and ".", not "${options.component}"`,
      )
    }
    this.#o = options
  }

  record(happening: Happening): PendingEvent | undefined {
    const { regarding, related, type, reason, action = reason } = happening
    const object = objectId(regarding)
    const key = JSON.stringify([object, type, reason, action, related === undefined ? '' : objectId(related)])
    const series = this.#series.get(key) ?? this.#begin(key, object, happening)
    series.count++
    series.lastMs = this.#o.clock.now()
    series.lastMonotonicMs = this.#o.clock.monotonicMs()
    this.#arm()
    return series.count <= 2 && !series.waiting ? this.#pendingFor(series) : undefined
  }

  unwritten(): readonly PendingEvent[] {
    return [...this.#series.values()]
      .filter((series) => series.count !== series.written && !series.waiting)
      .map((series) => this.#pendingFor(series))
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#series.clear()
  }

  #begin(key: string, object: string, { regarding, related, type, reason, action, message }: Happening): Series {
    const { component, host, clock } = this.#o
    const nowMs = clock.now()
    const event: NewObject<EventsV1Event> = {
      metadata: { name: this.#nameFor(regarding.metadata.name, nowMs), namespace: namespaceFor(regarding) },
      eventTime: formatMicroTime(nowMs),
      regarding: objectReference(regarding),
      ...(related && { related: objectReference(related) }),
      type,
      reason: cut(reason, maxWordBytes),
      action: cut(action ?? reason, maxWordBytes),
      note: cut(message, maxNoteBytes),
      reportingController: component,
      reportingInstance: cut(host === '' ? component : `${component}-${host}`, maxWordBytes),
    }
    const series: Series = {
      object,
      event,
      count: 0,
      lastMs: nowMs,
      lastMonotonicMs: 0,
      written: 0,
      writtenMonotonicMs: 0,
      waiting: false,
    }
    this.#series.set(key, series)
    return series
  }

  #pendingFor(series: Series): PendingEvent {
    series.waiting = true
    const pending: PendingEvent = {
      object: series.object,
      reason: series.event.reason ?? '',
      tries: 0,
      retryAtMs: 0,
      write: (ctx) => this.#write(series, pending, ctx),
      givenUp: () => {
        series.waiting = false
      },
    }
    return pending
  }

  /** Tells the server of an event that it does not know, and of the count when there is a series. */
  async #write(series: Series, pending: PendingEvent, ctx: WorkContext): Promise<void> {
    if (series.written === 0) await this.#create(series, pending, ctx)
    // One that happened a second time meanwhile is a series by now.
    if (series.written !== series.count && !(await this.#count(series, ctx))) await this.#create(series, pending, ctx)
    series.waiting = false
  }

  async #create(series: Series, pending: PendingEvent, ctx: WorkContext): Promise<void> {
    const { count } = series
    const event = count === 1 ? series.event : { ...series.event, series: seriesOf(series) }
    const created = await createOnce(pending, () => this.#events().create(event, ctx))
    // What a lost try has created said no more than that.
    this.#wrote(series, created ? count : 1)
  }

  /** False when the event is gone: they live for an hour. */
  async #count(series: Series, ctx: WorkContext): Promise<boolean> {
    const { count, event } = series
    const { name = '', namespace = '' } = event.metadata
    try {
      const body = { series: seriesOf(series) }
      await this.#events().patch({ name, namespace }, { type: 'strategic', body }, ctx)
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
    this.#wrote(series, count)
    return true
  }

  #wrote(series: Series, count: number): void {
    series.written = count
    series.writtenMonotonicMs = this.#o.clock.monotonicMs()
  }

  #arm(): void {
    this.#timer ??= this.#o.clock.setTimer(finishMs, () => {
      this.#timer = undefined
      this.#look()
      if (this.#series.size > 0) this.#arm()
    })
  }

  /** Forgets what has ended, and has counts written that nobody knows. */
  #look(): void {
    const nowMs = this.#o.clock.monotonicMs()
    for (const [key, series] of this.#series.entries()) {
      const ended = nowMs - series.lastMonotonicMs >= finishMs
      if (ended) this.#series.delete(key)
      const due = ended || nowMs - series.writtenMonotonicMs >= refreshMs
      if (due && series.count > 1 && series.count !== series.written && !series.waiting) {
        this.#o.onDue(this.#pendingFor(series))
      }
    }
  }

  #events() {
    return this.#o.client.resource(resources.eventsV1)
  }
}

function seriesOf({ count, lastMs }: Series): NonNullable<EventsV1Event['series']> {
  return { count, lastObservedTime: formatMicroTime(lastMs) }
}

/** The beginning of a text, in at most that many bytes, whole characters only. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text)
  if (encoded.length <= bytes) return text
  let end = bytes
  while (((encoded[end] ?? 0) & 0xc0) === 0x80) end--
  return encoded.toString('utf8', 0, end)
}
