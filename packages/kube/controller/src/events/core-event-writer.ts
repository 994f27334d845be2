import { type CoreEvent, formatTime, objectReference, resources } from '@csi-ts/kube-api'
import { isNotFound, type NewObject } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import { type Correlation, EventCorrelator } from './event-correlator.ts'
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

/** An occurrence of its own: each is written, unless the spam filter drops it. */
interface Occurrence {
  readonly happening: Happening
  readonly object: string
  readonly atMs: number
  /** Decided at the first try, and kept for the others: an occurrence counts once. */
  correlation?: Correlation
  /** Name of the Event, should it be created. */
  name?: string
}

/** Writes core/v1 Events: a new one, or a PATCH that raises the count of one that says the same. */
export class CoreEventWriter implements EventWriter {
  readonly #o: EventWriterOptions
  readonly #correlator: EventCorrelator
  readonly #nameFor = createEventNamer()

  constructor(options: EventWriterOptions) {
    this.#o = options
    this.#correlator = new EventCorrelator(options.clock)
  }

  record(happening: Happening): PendingEvent {
    const object = objectId(happening.regarding)
    const occurrence: Occurrence = { happening, object, atMs: this.#o.clock.now() }
    const pending: PendingEvent = {
      object,
      reason: happening.reason,
      tries: 0,
      retryAtMs: 0,
      write: (ctx) => this.#write(occurrence, pending, ctx),
    }
    return pending
  }

  unwritten(): readonly PendingEvent[] {
    return []
  }

  close(): void {
    // Every occurrence is written at once: there is no timer.
  }

  async #write(occurrence: Occurrence, pending: PendingEvent, ctx: WorkContext): Promise<void> {
    const { happening, object } = occurrence
    occurrence.correlation ??= this.#correlator.correlate({ ...happening, object })
    const { correlation } = occurrence
    if (correlation.kind === 'drop') return
    if (correlation.kind === 'count' && (await this.#count(occurrence, correlation, ctx))) return
    await this.#create(occurrence, correlation, pending, ctx)
  }

  /** False when the event that was counted is gone: they live for an hour. */
  async #count(
    { happening, atMs }: Occurrence,
    { name, count, message }: Correlation & { readonly kind: 'count' },
    ctx: WorkContext,
  ): Promise<boolean> {
    const body = { count, lastTimestamp: formatTime(atMs), message }
    try {
      const ref = { namespace: namespaceFor(happening.regarding), name }
      await this.#events().patch(ref, { type: 'strategic', body }, ctx)
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  async #create(
    occurrence: Occurrence,
    { key, message }: Exclude<Correlation, { readonly kind: 'drop' }>,
    pending: PendingEvent,
    ctx: WorkContext,
  ): Promise<void> {
    const { component, host } = this.#o
    const { regarding, type, reason, action, related } = occurrence.happening
    occurrence.name ??= this.#nameFor(regarding.metadata.name, occurrence.atMs)
    const { name, atMs } = occurrence
    const at = formatTime(atMs)
    const created: NewObject<CoreEvent> = {
      metadata: { name, namespace: namespaceFor(regarding) },
      involvedObject: objectReference(regarding),
      ...(related && { related: objectReference(related) }),
      type,
      ...(action !== undefined && { action }),
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component, ...(host !== '' && { host }) },
      reportingComponent: component,
      reportingInstance: host,
    }
    await createOnce(pending, () => this.#events().create(created, ctx))
    this.#correlator.created(key, name, atMs)
  }

  #events() {
    return this.#o.client.resource(resources.events)
  }
}
