import type { KubeObject, ObjectKey } from '@csi-ts/kube-api'
import { keyOf } from '@csi-ts/kube-api'
import type { Logger } from '@csi-ts/telemetry'
import type { IndexFunction } from '../needs.ts'
import type { Cached } from './cached.ts'
import type { Lister } from './lister.ts'
import type { ReflectorSink } from './reflector.ts'
import { type Delta, Store } from './store.ts'

/** Told about changes; a member that is left out is not called. What they throw is logged and counted, and stops nothing. */
export interface EventHandler<T extends KubeObject> {
  add?(now: Cached<T>): void
  /** `before` and `now` are the same object when it is a resync. */
  update?(now: Cached<T>, before: Cached<T>): void
  /** Gets the last state that was seen, which may be older than the deletion. */
  delete?(before: Cached<T>): void
}

/** A handler that was added. */
export interface HandlerRegistration {
  /** Whether this handler has been told of everything that there was when it was added, or when the cache was first filled. */
  hasSynced(): boolean
  /** Resolves when {@link hasSynced} becomes true. */
  readonly synced: Promise<void>
  /** No further call. */
  remove(): void
}

/** A cache of one scope of one resource, kept equal to the server, and who wants to know of changes. */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>
  /** Adds a handler. What the cache already holds is told to it, as additions, before this returns. */
  addHandler(handler: EventHandler<T>): HandlerRegistration
  /** Whether the cache was filled once and all handlers of that time were told. */
  hasSynced(): boolean
}

/** How many handler calls are made in one turn of the event loop: lease renewals and answers must get in between. */
const callsPerTurn = 500

interface Entry<T extends KubeObject> {
  readonly handler: EventHandler<T>
  synced: boolean
  readonly markSynced: () => void
}

/** Settings of {@link CacheInformer}. */
export interface CacheInformerOptions {
  readonly log: Logger
  /** Name of the resource in log lines. */
  readonly what: string
  /** A handler or index function threw. */
  readonly onError: () => void
  /** The whole state was read again. */
  readonly onRefill: () => void
}

/** The informer that the reflector fills. */
export class CacheInformer<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly #store: Store<T>
  readonly #entries = new Set<Entry<T>>()
  readonly #onHandlerError: (error: unknown) => void
  readonly #onRefill: () => void
  #synced = false
  #replacing = false
  readonly #whenSynced = Promise.withResolvers<void>()

  constructor(o: CacheInformerOptions) {
    this.#onRefill = o.onRefill
    const report = (message: string, error: unknown, fields: Readonly<Record<string, unknown>> = {}): void => {
      o.onError()
      o.log.error(message, error, { resource: o.what, ...fields })
    }
    this.#store = new Store((index, error) => report('index function failed', error, { index }))
    this.#onHandlerError = (error) => report('event handler failed', error)
  }

  get lister(): Lister<T> {
    return this.#store
  }

  /** Resolves when {@link hasSynced} becomes true. */
  get synced(): Promise<void> {
    return this.#whenSynced.promise
  }

  hasSynced(): boolean {
    return this.#synced
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    this.#store.addIndex(name, of)
  }

  addHandler(handler: EventHandler<T>): HandlerRegistration {
    const { promise, resolve } = Promise.withResolvers<void>()
    const entry: Entry<T> = { handler, synced: false, markSynced: resolve }
    // The store may be ahead of #synced while others are still being told; this handler is told here and now.
    const filled = this.#synced || this.#replacing
    for (const now of this.#store.list()) this.#tell(entry, { kind: 'add', now })
    this.#entries.add(entry)
    if (filled) markSynced(entry)
    return { hasSynced: () => entry.synced, synced: promise, remove: () => void this.#entries.delete(entry) }
  }

  async replace(objects: readonly T[]): Promise<void> {
    const told = [...this.#entries]
    if (this.#synced) this.#onRefill()
    this.#replacing = true
    const deltas = this.#store.replace(objects as unknown as readonly Cached<T>[])
    await inTurns(deltas, (delta) => this.#tellAll(told, delta))
    this.#replacing = false
    this.#synced = true
    for (const entry of this.#entries) markSynced(entry)
    this.#whenSynced.resolve()
  }

  apply(event: { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }): void {
    const object = event.object as unknown as Cached<T>
    const delta = event.type === 'DELETED' ? this.#store.delete(keyOf(object)) : this.#store.set(object)
    if (delta !== undefined) this.#tellAll([...this.#entries], delta)
  }

  /** Tells every handler of every object again, as an update to the same. */
  async resync(): Promise<void> {
    if (!this.#synced || this.#replacing) return
    const keys: readonly ObjectKey[] = this.#store.list().map(keyOf)
    await inTurns(keys, (key) => {
      // What changed or went away since the keys were taken has been told of already.
      const now = this.#store.get(key)
      if (now !== undefined && !this.#replacing) this.#tellAll([...this.#entries], { kind: 'update', now, before: now })
    })
  }

  #tellAll(entries: readonly Entry<T>[], delta: Delta<T>): void {
    for (const entry of entries) if (this.#entries.has(entry)) this.#tell(entry, delta)
  }

  #tell({ handler }: Entry<T>, delta: Delta<T>): void {
    try {
      const outcome = callHandler(handler, delta)
      // An async function fits the type; its failure must not end the process.
      if (outcome instanceof Promise) outcome.catch(this.#onHandlerError)
    } catch (error) {
      this.#onHandlerError(error)
    }
  }
}

function callHandler<T extends KubeObject>(handler: EventHandler<T>, delta: Delta<T>): unknown {
  switch (delta.kind) {
    case 'add':
      return handler.add?.(delta.now)
    case 'update':
      return handler.update?.(delta.now, delta.before)
    case 'delete':
      return handler.delete?.(delta.before)
  }
}

function markSynced<T extends KubeObject>(entry: Entry<T>): void {
  entry.synced = true
  entry.markSynced()
}

async function inTurns<Item>(items: readonly Item[], act: (item: Item) => void): Promise<void> {
  for (let start = 0; start < items.length; start += callsPerTurn) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve))
    for (const item of items.slice(start, start + callsPerTurn)) act(item)
  }
}
