import { type Backoff, type Clock, createBackoff, sleep } from '@csi-ts/concurrency'
import type { KubeObject } from '@csi-ts/kube-api'
import { ApiError, isGone, isNotFound, type ResourceClient, type WatchEvent } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { InformerScope } from '../needs.ts'

/** Where a reflector puts what it sees. */
export interface ReflectorSink<T> {
  /** The complete state; resolves when everyone has been told. Nothing else is called meanwhile. */
  replace(objects: readonly T[]): Promise<void>
  /** One change after the last state. */
  apply(event: { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }): void
}

/** What a reflector has lived through. */
export interface ReflectorProgress {
  /** Complete states that were read: 1 when nothing went wrong. */
  lists: number
  /** Watches that were opened. */
  watches: number
  /** Monotonic time of the last sign of life of the server; undefined before the first. */
  lastHeardMs: number | undefined
  /** Failures since anything last worked. */
  failures: number
  /** The error of the last failure, while it lasts. */
  lastError: unknown
}

/** Settings of a {@link Reflector}. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly source: ResourceClient<T>
  readonly scope: InformerScope
  readonly sink: ReflectorSink<T>
  /** Applied to each object as soon as it is parsed, so that what is left out is never held. */
  readonly transform: (object: T) => T
  /** Objects per page of a list. */
  readonly pageSize: number
  /** Asks for the first state as a stream (WatchList); falls back to pages when the server refuses. */
  readonly streamInitialList: boolean
  /** A server that refuses or does not know the resource counts as one that has none. */
  readonly optional: boolean
  readonly clock: Clock
  readonly random: () => number
  /** Name of the resource in log lines. */
  readonly what: string
}

/** Wait before an optional resource that is refused is asked for again. */
const optionalRetryMs = 60_000
/** A watch that ends sooner and brought nothing is no clean end. */
const shortestWatchMs = 1000
/** A watch that held this long was healthy, even if nothing happened. */
const healthyWatchMs = 60_000
/** A resourceVersion that fails so often is given up, as after a restore of etcd from a backup. */
const failuresUntilRelist = 5

/**
 * Keeps a sink equal to the server: list, then watch from there for ever. A watch that ends is opened again at once from
 * where it was; one that fails, after a growing wait; when the server no longer knows the place (410) everything is listed again.
 */
export class Reflector<T extends KubeObject> {
  readonly progress: ReflectorProgress = {
    lists: 0,
    watches: 0,
    lastHeardMs: undefined,
    failures: 0,
    lastError: undefined,
  }
  readonly #o: ReflectorOptions<T>
  readonly #backoff: Backoff
  #resourceVersion: string | undefined
  #listsAgain = 0
  #streams: boolean

  constructor(options: ReflectorOptions<T>) {
    this.#o = options
    // client-go's numbers; with jitter the waits are 0.8 to 30 s.
    this.#backoff = createBackoff({ baseMs: 800, maxMs: 15_000, jitter: 1, random: options.random })
    this.#streams = options.streamInitialList
  }

  /** Runs until the signal fires; never rejects. */
  async run(ctx: WorkContext): Promise<void> {
    while (!ctx.signal.aborted) {
      try {
        await this.#advance(ctx)
      } catch (error) {
        if (ctx.signal.aborted) return
        if (this.#isUnavailable(error) && (this.progress.lists === 0 || isNotFound(error)))
          await this.#o.sink.replace([])
        const waitMs = this.#afterFailure(error, ctx)
        await sleep(waitMs, { signal: ctx.signal, clock: this.#o.clock }).catch(() => undefined)
      }
    }
  }

  async #advance(ctx: WorkContext): Promise<void> {
    if (this.#resourceVersion === undefined) {
      if (this.#streams) return this.#streamThenWatch(ctx)
      await this.#list(ctx)
    }
    await this.#watch(ctx)
  }

  async #list(ctx: WorkContext): Promise<void> {
    const { source, scope, transform, pageSize } = this.#o
    const objects: T[] = []
    let next: string | undefined
    let resourceVersion: string
    do {
      // No resourceVersion: with 0 the server answers from its watch cache and ignores the limit.
      const page = await source.list({ ...selectors(scope), limit: pageSize, continue: next }, ctx)
      for (const object of page.items) objects.push(transform(object))
      resourceVersion = page.resourceVersion
      next = page.continue
      this.#heard()
    } while (next !== undefined && next !== '')
    await this.#replace(objects, resourceVersion, ctx)
  }

  async #replace(objects: readonly T[], resourceVersion: string, ctx: WorkContext): Promise<void> {
    ctx.signal.throwIfAborted()
    await this.#o.sink.replace(objects)
    this.progress.lists++
    this.#resourceVersion = resourceVersion
    ctx.log.v(2).info('listed', { resource: this.#o.what, objects: objects.length, resourceVersion })
  }

  async #watch(ctx: WorkContext): Promise<void> {
    const openedMs = this.#o.clock.monotonicMs()
    let events = 0
    for await (const event of this.#open({ resourceVersion: this.#resourceVersion ?? '' }, ctx)) {
      if (ctx.signal.aborted) return
      events++
      this.#apply(event)
      this.#healthy(ctx)
    }
    if (ctx.signal.aborted) return
    const lastedMs = this.#o.clock.monotonicMs() - openedMs
    if (events === 0 && lastedMs < shortestWatchMs) throw new Error('the watch ended at once and brought nothing')
    if (lastedMs >= healthyWatchMs) this.#healthy(ctx)
  }

  /** WatchList: the state as events, a bookmark that ends it, and the watch goes on in the same response. */
  async #streamThenWatch(ctx: WorkContext): Promise<void> {
    const initial = new Map<string, T>()
    let synced = false
    try {
      for await (const event of this.#open({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, ctx)) {
        if (ctx.signal.aborted) return
        if (synced) {
          this.#apply(event)
          this.#healthy(ctx)
        } else if (event.type === 'BOOKMARK') {
          if (event.object.metadata.annotations?.['k8s.io/initial-events-end'] !== 'true') continue
          synced = true
          await this.#replace([...initial.values()], event.object.metadata.resourceVersion ?? '', ctx)
          initial.clear()
        } else {
          const object = this.#o.transform(event.object)
          const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`
          if (event.type === 'DELETED') initial.delete(key)
          else initial.set(key, object)
        }
      }
    } catch (error) {
      const refused =
        error instanceof ApiError && error.code >= 400 && error.code < 500 && ![401, 403, 410, 429].includes(error.code)
      if (synced || !refused) throw error
      ctx.log.v(2).info('server does not stream lists, using pages', { resource: this.#o.what })
      this.#streams = false
      return
    }
    if (!synced && !ctx.signal.aborted) throw new Error('the streamed list ended before it was complete')
  }

  #open(
    from: { resourceVersion: string } | { sendInitialEvents: true; resourceVersionMatch: 'NotOlderThan' },
    ctx: WorkContext,
  ): AsyncIterable<WatchEvent<T>> {
    this.progress.watches++
    // Spread over 5 to 10 minutes, so that watches do not all come back together.
    const timeoutSeconds = 300 + Math.floor(this.#o.random() * 301)
    return this.#o.source.watch({ ...selectors(this.#o.scope), ...from, timeoutSeconds }, ctx)
  }

  #apply(event: WatchEvent<T>): void {
    const { resourceVersion } = event.object.metadata
    if (event.type !== 'BOOKMARK') this.#o.sink.apply({ type: event.type, object: this.#o.transform(event.object) })
    if (resourceVersion !== undefined) this.#resourceVersion = resourceVersion
    this.#heard()
  }

  #heard(): void {
    this.progress.lastHeardMs = this.#o.clock.monotonicMs()
  }

  #healthy(ctx: WorkContext): void {
    this.#backoff.reset()
    this.#listsAgain = 0
    if (this.progress.failures === 0) return
    ctx.log.info('watch recovered', { resource: this.#o.what, failures: this.progress.failures })
    this.progress.failures = 0
    this.progress.lastError = undefined
  }

  /** The server refuses or does not know a resource that we can do without. */
  #isUnavailable(error: unknown): boolean {
    return this.#o.optional && error instanceof ApiError && [403, 404, 405].includes(error.code)
  }

  /** Decides what a failure means and how long to wait. Only the first of a row is worth an error line. */
  #afterFailure(error: unknown, ctx: WorkContext): number {
    const { what } = this.#o
    if (isGone(error)) {
      this.#resourceVersion = undefined
      ctx.log.v(2).info('server forgot our place, listing again', { resource: what, reason: String(error) })
      // The first time at once; a server that keeps saying so must not be flooded with lists.
      return this.#listsAgain++ === 0 ? 0 : this.#backoff.next()
    }
    const first = this.progress.failures++ === 0
    this.progress.lastError = error
    if (this.#isUnavailable(error)) {
      if (first) ctx.log.info('optional resource is not available', { resource: what, reason: String(error) })
      return optionalRetryMs * (1 + this.#o.random())
    }
    if (first) ctx.log.error('cannot list or watch, will keep trying', error, { resource: what })
    else ctx.log.v(2).info('still cannot list or watch', { resource: what, reason: String(error) })
    if (this.progress.failures % failuresUntilRelist === 0 && error instanceof ApiError)
      this.#resourceVersion = undefined
    return this.#backoff.next()
  }
}

function selectors({ namespace, labelSelector, fieldSelector }: InformerScope): Omit<InformerScope, 'metadataOnly'> {
  return { namespace, labelSelector, fieldSelector }
}
