import { type Clock, systemClock, type Timer, untilAborted } from '@csi-ts/concurrency'
import { apiVersionOf, type KubeObject, type ResourceType } from '@csi-ts/kube-api'
import type { KubeClient, ResourceClient } from '@csi-ts/kube-client'
import { type Logger, type MetricsRegistry, silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { addNeed, type CacheNeed, cacheId, type InformerScope, type Needs } from '../needs.ts'
import { deepFreeze } from './cached.ts'
import { parseFields } from './field-tree.ts'
import { CacheInformer, type Informer } from './informer.ts'
import { createInformerMetrics, type InformerMetrics } from './informer-metrics.ts'
import { prune } from './prune.ts'
import { Reflector } from './reflector.ts'
import { strictView, type UnnamedFieldError } from './strict-fields.ts'

/** The caches of a process: one per scope of a resource, shared by all who need it. */
export interface Informers {
  /**
   * Says what will be read, before {@link start}. Needs of the same objects share one cache, which holds the union of their
   * fields and indexes; a need without `fields` is not cached. Throws when started, or on a need that contradicts itself or another.
   */
  register(needs: Needs): void
  /**
   * The informer of a resource. Without a scope: the only one registered for it. Throws when none is registered, or
   * several are and `scope` is left out.
   */
  informer<T extends KubeObject>(type: ResourceType<T>, scope?: InformerScope): Informer<T>
  /** Begins to fill the caches, until the context's signal fires. Throws when called twice. */
  start(ctx: WorkContext): void
  /** Resolves when all caches are filled and their handlers told; rejects with the signal's reason. */
  synced(ctx: Pick<WorkContext, 'signal'>): Promise<void>
  /** Resolves when {@link start}'s signal has fired and everything has stopped. */
  readonly stopped: Promise<void>
  /** What each cache is doing, for a status page. */
  status(): readonly InformerStatus[]
}

/** State of one cache. */
export interface InformerStatus {
  /** Plural name of the resource. */
  readonly resource: string
  readonly scope: InformerScope
  readonly synced: boolean
  readonly objects: number
  /** Complete states read so far: more than 1 means that the watch was lost for good at times. */
  readonly lists: number
  readonly watches: number
  /** Milliseconds since the server last sent anything; undefined when it never did. */
  readonly silentMs: number | undefined
  /** Failures in a row, and the last of them; 0 when all is well. */
  readonly failures: number
  readonly lastError: unknown
}

/** Settings of {@link createInformers}. */
export interface InformersOptions {
  readonly client: KubeClient
  readonly clock?: Clock | undefined
  readonly log?: Logger | undefined
  /** Where `csi_informer_*` goes; none when absent. */
  readonly metrics?: MetricsRegistry | undefined
  /** Objects per page of a list. Default 250. */
  readonly pageSize?: number | undefined
  /** Tells handlers of every object again so often, from the cache. Default: never. */
  readonly resyncMs?: number | undefined
  /** Reads the first state as a stream where the server can. Default false. */
  readonly streamInitialList?: boolean | undefined
  /**
   * For tests: objects throw {@link UnnamedFieldError} when a field is read that the needs do not name, and this is told of
   * each, also where the error is swallowed. Default: such fields are just absent.
   */
  readonly strictFields?: ((violation: UnnamedFieldError) => void) | undefined
  /** For tests: objects are frozen, so that a write to one throws. Default false. */
  readonly freeze?: boolean | undefined
  /** Source of jitter, in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Makes caches that nothing is registered for. */
export function createInformers(options: InformersOptions): Informers {
  return new SharedInformers(options)
}

interface CacheEntry {
  need: CacheNeed
  readonly informer: CacheInformer<KubeObject>
  reflector: Reflector<KubeObject> | undefined
}

class SharedInformers implements Informers {
  readonly #o: InformersOptions
  readonly #clock: Clock
  readonly #metrics: InformerMetrics
  readonly #caches = new Map<string, CacheEntry>()
  readonly #stopped = Promise.withResolvers<void>()
  #started = false

  constructor(options: InformersOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#metrics = createInformerMetrics(options.metrics, () => this.status())
  }

  get stopped(): Promise<void> {
    return this.#stopped.promise
  }

  register(needs: Needs): void {
    if (this.#started) {
      const late = needs.map(({ resource }) => resource.plural).join(', ')
      throw new Error(`needs must be registered before the informers start; these came later: ${late}`)
    }
    for (const need of needs) {
      if (need.fields === undefined || need.subresource !== undefined) continue
      const id = cacheId(need.resource, need)
      const known = this.#caches.get(id)
      const united = addNeed(known?.need, need)
      const entry = known ?? {
        need: united,
        informer: this.#createInformer(need.resource.plural),
        reflector: undefined,
      }
      for (const [name, index] of united.indexes) {
        if (known === undefined || !known.need.indexes.has(name)) entry.informer.addIndex(name, index)
      }
      entry.need = united
      this.#caches.set(id, entry)
    }
  }

  informer<T extends KubeObject>(type: ResourceType<T>, scope?: InformerScope): Informer<T> {
    const entry = scope === undefined ? this.#onlyCache(type) : this.#caches.get(cacheId(type, scope))
    if (entry === undefined) throw new Error(`no cached need of ${type.plural} is registered for this scope`)
    return entry.informer as unknown as Informer<T>
  }

  start(ctx: WorkContext): void {
    if (this.#started) throw new Error('the informers were started already')
    this.#started = true
    const running = [...this.#caches.values()].map((entry) => this.#run(entry, ctx))
    const resync = this.#resyncTimer(ctx)
    void Promise.all([untilAborted(ctx.signal), ...running]).then(() => {
      resync?.cancel()
      this.#stopped.resolve()
    })
  }

  async synced({ signal }: Pick<WorkContext, 'signal'>): Promise<void> {
    signal.throwIfAborted()
    const { promise, reject, resolve } = Promise.withResolvers<void>()
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    void Promise.all([...this.#caches.values()].map(({ informer }) => informer.synced)).then(() => resolve())
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  status(): readonly InformerStatus[] {
    return [...this.#caches.values()].map(({ need, informer, reflector }) => {
      const { namespace, labelSelector, fieldSelector, metadataOnly } = need
      const heardMs = reflector?.progress.lastHeardMs
      return {
        resource: need.resource.plural,
        scope: { namespace, labelSelector, fieldSelector, metadataOnly },
        synced: informer.hasSynced(),
        objects: informer.lister.size,
        lists: reflector?.progress.lists ?? 0,
        watches: reflector?.progress.watches ?? 0,
        silentMs: heardMs === undefined ? undefined : this.#clock.monotonicMs() - heardMs,
        failures: reflector?.progress.failures ?? 0,
        lastError: reflector?.progress.lastError,
      }
    })
  }

  #createInformer(what: string): CacheInformer<KubeObject> {
    const log = this.#o.log ?? silentLogger
    return new CacheInformer({
      log,
      what,
      onError: () => this.#metrics.handlerFailed(what),
      onRefill: () => this.#metrics.relisted(what),
    })
  }

  #onlyCache(type: ResourceType): CacheEntry | undefined {
    const entries = [...this.#caches.values()].filter(
      ({ need: { resource } }) =>
        resource.plural === type.plural && resource.group === type.group && resource.version === type.version,
    )
    if (entries.length > 1) throw new Error(`${type.plural} is cached in ${entries.length} scopes: say which one`)
    return entries[0]
  }

  #run(entry: CacheEntry, ctx: WorkContext): Promise<void> {
    const { client, pageSize = 250, streamInitialList = false, random = Math.random } = this.#o
    const { resource, metadataOnly, optional } = entry.need
    const typed: ResourceClient<KubeObject> = client.resource(resource)
    entry.reflector = new Reflector({
      source: metadataOnly === true ? typed.metadata() : typed,
      scope: entry.need,
      sink: entry.informer,
      transform: this.#transformOf(entry.need),
      pageSize,
      streamInitialList,
      optional,
      clock: this.#clock,
      random,
      what: resource.plural,
    })
    return entry.reflector.run(ctx)
  }

  #transformOf({ resource, fields }: CacheNeed): (object: KubeObject) => KubeObject {
    const tree = parseFields(fields)
    const { strictFields, freeze = false } = this.#o
    const apiVersion = apiVersionOf(resource)
    const { kind } = resource
    return (object) => {
      // Items of a list come without them, and metadata-only objects with those of PartialObjectMetadata.
      const pruned = { ...prune(object, tree), apiVersion, kind }
      if (freeze) deepFreeze(pruned)
      return strictFields === undefined ? pruned : strictView(pruned, tree, kind, strictFields)
    }
  }

  #resyncTimer(ctx: WorkContext): { cancel(): void } | undefined {
    const { resyncMs } = this.#o
    if (resyncMs === undefined) return undefined
    let timer: Timer
    const arm = (): void => {
      timer = this.#clock.setTimer(resyncMs, () => {
        if (ctx.signal.aborted) return
        const all = [...this.#caches.values()].map(({ informer }) => informer.resync())
        void Promise.all(all).then(() => {
          if (!ctx.signal.aborted) arm()
        })
      })
    }
    arm()
    return { cancel: () => timer.cancel() }
  }
}
