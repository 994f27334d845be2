import { randomUUID } from 'node:crypto'
import type { Clock } from '@csi-ts/concurrency'
import type { CoreEvent } from '@csi-ts/kube-api'
import { formatTime, type ObjectReference, resources } from '@csi-ts/kube-api'
import { ApiError, isAlreadyExists, isNotFound, type KubeClient, type NewObject } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Correlation, EventCorrelator } from './event-correlator.ts'
import { type EventTarget, referenceTo } from './event-target.ts'

/** An event that waits to be written. */
export interface PendingEvent {
  /** Identifies the object, across kinds and generations. */
  readonly object: string
  readonly reference: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** Wall time of the occurrence. */
  readonly atMs: number
  /** Writes that failed. */
  tries: number
  /** Monotonic time of the next try. */
  retryAtMs: number
  /** Decided at the first try, and kept for the others: an occurrence counts once. */
  correlation?: Correlation
  /** Name of the Event, should it be created. */
  name?: string
}

/** What became of a write. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'dropped' }
  /** May work later. */
  | { readonly kind: 'retry'; readonly error: unknown }
  /** Will never work. */
  | { readonly kind: 'refused'; readonly error: unknown }

/** Settings of an {@link EventWriter}. */
export interface EventWriterOptions {
  readonly client: KubeClient
  readonly component: string
  readonly host: string
  readonly clock: Clock
  readonly correlator: EventCorrelator
}

/** Writes core/v1 Events: a new one, or a PATCH that raises the count of one that says the same. */
export class EventWriter {
  readonly #o: EventWriterOptions
  #lastNanos = 0n

  constructor(options: EventWriterOptions) {
    this.#o = options
  }

  prepare(target: EventTarget, type: PendingEvent['type'], reason: string, message: string): PendingEvent {
    const reference = referenceTo(target)
    const { apiVersion = '', kind = '', namespace = '', name = '', uid = '' } = reference
    const object = [apiVersion, kind, namespace, name, uid].join('/')
    return { object, reference, type, reason, message, atMs: this.#o.clock.now(), tries: 0, retryAtMs: 0 }
  }

  /** One try; never rejects. */
  async write(event: PendingEvent, ctx: WorkContext): Promise<WriteOutcome> {
    event.correlation ??= this.#o.correlator.correlate(event)
    const { correlation } = event
    try {
      if (correlation.kind === 'drop') return { kind: 'dropped' }
      if (correlation.kind === 'create') await this.#create(event, correlation.key, correlation.message, ctx)
      else await this.#count(event, correlation, ctx)
      return { kind: 'written' }
    } catch (error) {
      // A first reply that was lost: the event is there.
      if (isAlreadyExists(error) && event.tries > 0) return { kind: 'written' }
      return { kind: isWorthRetrying(error) ? 'retry' : 'refused', error }
    }
  }

  async #count(
    event: PendingEvent,
    correlation: Correlation & { readonly kind: 'count' },
    ctx: WorkContext,
  ): Promise<void> {
    const { name, count, message, key } = correlation
    const body = { count, lastTimestamp: formatTime(event.atMs), message }
    try {
      await this.#events().patch({ namespace: namespaceOf(event), name }, { type: 'strategic', body }, ctx)
    } catch (error) {
      // Events live for an hour: the one that we counted may be gone.
      if (!isNotFound(error)) throw error
      await this.#create(event, key, message, ctx)
    }
  }

  async #create(event: PendingEvent, key: string, message: string, ctx: WorkContext): Promise<void> {
    const { component, host } = this.#o
    event.name ??= this.#nameFor(event)
    const at = formatTime(event.atMs)
    const created: NewObject<CoreEvent> = {
      metadata: { name: event.name, namespace: namespaceOf(event) },
      involvedObject: event.reference,
      type: event.type,
      reason: event.reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component, ...(host !== '' && { host }) },
      reportingComponent: component,
      reportingInstance: host,
    }
    await this.#events().create(created, ctx)
    this.#o.correlator.created(key, event.name, event.atMs)
  }

  /** The object's name and the moment in hexadecimal nanoseconds, unique in this process; a UUID where that is no name. */
  #nameFor({ reference, atMs }: PendingEvent): string {
    const nanos = BigInt(Math.trunc(atMs)) * 1_000_000n
    this.#lastNanos = nanos > this.#lastNanos ? nanos : this.#lastNanos + 1n
    const name = `${reference.name}.${this.#lastNanos.toString(16)}`
    return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) ? name : randomUUID()
  }

  #events() {
    return this.#o.client.resource(resources.events)
  }
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf({ reference }: PendingEvent): string {
  return reference.namespace ?? 'default'
}

function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof ApiError) || error.code === 429 || error.code >= 500
}
