import {
  formatTime,
  type KubeObject,
  matchesFields,
  matchesLabels,
  type ObjectRef,
  parseFieldSelector,
  parseLabelSelector,
  type ResourceType,
} from '@csi-ts/kube-api'
import {
  ApiError,
  type DeleteOptions,
  type KubeClient,
  type ListOptions,
  type ListPage,
  type NewObject,
  type Patch,
  type PatchOptions,
  type RawResponse,
  type ResourceClient,
  type WatchEvent,
  type WatchOptions,
} from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import { gone, type MemoryStore } from './memory-store.ts'
import { mergePatch } from './merge-patch.ts'

/** One request that a client of the memory API made. */
export interface ApiCall {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  /** Plural name, with `/status` for the sub-resource. */
  readonly resource: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** Called around each request; what they throw is what the caller sees, what they await delays it. */
export interface ApiFaults {
  /** Nothing has happened yet. */
  before?(call: ApiCall): Promise<void> | void
  /** The request has been carried out, its answer is on the way. */
  after?(call: ApiCall): Promise<void> | void
}

/** The client of a {@link MemoryStore}. */
export class MemoryClient implements KubeClient {
  readonly server = 'memory://'
  readonly #api: MemoryStore
  readonly #faults: ApiFaults

  constructor(api: MemoryStore, faults: ApiFaults) {
    this.#api = api
    this.#faults = faults
  }

  resource<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T> {
    return new MemoryResource(this.#api, this.#faults, type)
  }

  raw(): Promise<RawResponse> {
    return Promise.reject(new Error('the memory API has no raw requests'))
  }

  withRateLimit(): KubeClient {
    return this
  }

  close(): void {
    // Nothing is open.
  }
}

class MemoryResource<T extends KubeObject> implements ResourceClient<T> {
  readonly type: ResourceType<T>
  readonly #api: MemoryStore
  readonly #faults: ApiFaults
  readonly #onlyMetadata: boolean

  constructor(api: MemoryStore, faults: ApiFaults, type: ResourceType<T>, onlyMetadata = false) {
    this.#api = api
    this.#faults = faults
    this.type = type
    this.#onlyMetadata = onlyMetadata
  }

  get(ref: ObjectRef, ctx: WorkContext): Promise<T> {
    return this.#call({ verb: 'get', ...ref }, ctx, () => this.#mustFind('get', ref))
  }

  list(options: ListOptions, ctx: WorkContext): Promise<ListPage<T>> {
    return this.#call({ verb: 'list', namespace: options.namespace }, ctx, () => {
      const [at = String(this.#api.revision), start = '0'] = options.continue?.split(':') ?? []
      if (!this.#api.remembers(Number(at))) throw gone()
      const from = Number(start)
      const items = this.#stateAt(Number(at)).filter((object) => isWanted(object, options))
      const to = options.limit === undefined ? items.length : from + options.limit
      return {
        items: items.slice(from, to).map((object) => this.#shown(object)),
        resourceVersion: at,
        ...(to < items.length && { continue: `${at}:${to}` }),
      }
    })
  }

  async listAll(
    options: Omit<ListOptions, 'continue'>,
    ctx: WorkContext,
  ): Promise<{ items: T[]; resourceVersion: string }> {
    const { items, resourceVersion } = await this.list({ ...options, limit: undefined }, ctx)
    return { items, resourceVersion }
  }

  async *watch(options: WatchOptions, ctx: WorkContext): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const api = this.#api
    await this.#call({ verb: 'watch', namespace: options.namespace }, ctx, () => undefined)
    const { era } = api
    let revision = Number(options.resourceVersion ?? api.revision)
    if (options.sendInitialEvents === true) {
      for (const object of api.objects(this.type))
        if (isWanted(object, options)) yield { type: 'ADDED', object: this.#shown(object) }
      yield this.#bookmark(revision, { 'k8s.io/initial-events-end': 'true' })
    }
    for (;;) {
      ctx.signal.throwIfAborted()
      if (api.era !== era) {
        if (api.eraError !== undefined) throw api.eraError
        return
      }
      const changes = api.changesAfter(this.type, revision)
      for (const { object, before, type, revision: at } of changes) {
        revision = at
        const was = before !== undefined && isWanted(before, options)
        const is = type !== 'DELETED' && isWanted(object, options)
        if (was || is) yield { type: is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED', object: this.#shown(object as T) }
      }
      if (changes.length > 0) continue
      if (api.revision > revision) {
        // Others have written: a bookmark says how far we are.
        revision = api.revision
        if (options.allowBookmarks !== false) yield this.#bookmark(revision, undefined)
      } else {
        await api.changed(ctx.signal)
      }
    }
  }

  create(object: NewObject<T>, ctx: WorkContext): Promise<T> {
    const { namespace, name = `${object.metadata.generateName ?? ''}${this.#api.revision}` } = object.metadata
    return this.#call({ verb: 'create', namespace, name }, ctx, () => {
      if (this.#api.find(this.type, refOf(name, namespace)) !== undefined) {
        throw this.#error('create', 409, 'AlreadyExists', `${this.type.plural} "${name}" already exists`)
      }
      return this.#api.put(this.type, { ...object, metadata: { ...object.metadata, name } } as unknown as T)
    })
  }

  update(object: T, ctx: WorkContext): Promise<T> {
    const { namespace, name, resourceVersion } = object.metadata
    return this.#call({ verb: 'update', namespace, name }, ctx, () => {
      const current = this.#mustFind('update', refOf(name, namespace))
      if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
        const reason = 'the object has been modified; please apply your changes to the latest version and try again'
        throw this.#error(
          'update',
          409,
          'Conflict',
          `Operation cannot be fulfilled on ${this.type.plural} "${name}": ${reason}`,
        )
      }
      return this.#api.put(this.type, object)
    })
  }

  updateStatus(object: T, ctx: WorkContext): Promise<T> {
    return this.update(object, ctx)
  }

  patch(ref: ObjectRef, patch: Patch, ctx: WorkContext, options: PatchOptions = {}): Promise<T> {
    return this.#call(
      { verb: 'patch', ...ref },
      ctx,
      () => {
        if (patch.type === 'json') throw new Error('the memory API has no JSON patches')
        return this.#api.put(this.type, mergePatch(this.#mustFind('patch', ref), patch.body) as T)
      },
      options.subresource,
    )
  }

  delete(ref: ObjectRef, ctx: WorkContext, options: DeleteOptions = {}): Promise<void> {
    return this.#call({ verb: 'delete', ...ref }, ctx, () => {
      const object = this.#mustFind('delete', ref)
      if (options.uid !== undefined && options.uid !== object.metadata.uid) {
        throw this.#error('delete', 409, 'Conflict', 'the uid in the precondition does not match')
      }
      if ((object.metadata.finalizers ?? []).length === 0) this.#api.remove(this.type, ref)
      else this.#api.put(this.type, { ...object, metadata: { ...object.metadata, deletionTimestamp: formatTime(0) } })
    })
  }

  deleteCollection(): Promise<void> {
    return Promise.reject(new Error('the memory API deletes one by one'))
  }

  getSubresource<S extends object>(): Promise<S> {
    return Promise.reject(new Error('the memory API has no sub-resources'))
  }

  createSubresource<S extends object>(): Promise<S> {
    return Promise.reject(new Error('the memory API has no sub-resources'))
  }

  metadata(): ResourceClient<KubeObject> {
    return new MemoryResource<KubeObject>(this.#api, this.#faults, this.type, true)
  }

  async #call<R>(call: Omit<ApiCall, 'resource'>, ctx: WorkContext, act: () => R, subresource?: string): Promise<R> {
    const made: ApiCall = {
      ...call,
      resource: subresource === undefined ? this.type.plural : `${this.type.plural}/${subresource}`,
    }
    ctx.signal.throwIfAborted()
    await unlessAborted(this.#faults.before?.(made), ctx.signal)
    const result = act()
    await unlessAborted(this.#faults.after?.(made), ctx.signal)
    return result
  }

  /** The objects at a revision, by undoing what came later. */
  #stateAt(revision: number): readonly T[] {
    const objects = new Map(this.#api.objects(this.type).map((object) => [keyFor(object), object]))
    for (const { object, before } of this.#api.changesAfter(this.type, revision).toReversed()) {
      if (before === undefined) objects.delete(keyFor(object))
      else objects.set(keyFor(object), structuredClone(before) as T)
    }
    return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
  }

  #mustFind(verb: ApiCall['verb'], ref: ObjectRef): T {
    const object = this.#api.find(this.type, ref)
    if (object === undefined) throw this.#error(verb, 404, 'NotFound', `${this.type.plural} "${ref.name}" not found`)
    return object
  }

  #shown(object: T): T {
    const copy = structuredClone(object)
    if (!this.#onlyMetadata) return copy
    const { metadata } = copy
    return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata } as unknown as T
  }

  #bookmark(revision: number, annotations: Record<string, string> | undefined): WatchEvent<T> {
    const metadata = { name: '', resourceVersion: String(revision), ...(annotations && { annotations }) }
    return { type: 'BOOKMARK', object: { apiVersion: '', kind: this.type.kind, metadata } as unknown as T }
  }

  #error(verb: ApiCall['verb'], code: number, reason: string, message: string): ApiError {
    return new ApiError({ code, reason, message, verb, path: this.type.plural })
  }
}

function isWanted(object: KubeObject, { namespace, labelSelector, fieldSelector }: ListOptions): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  if (labelSelector !== undefined && !matchesLabels(parseLabelSelector(labelSelector), object.metadata.labels))
    return false
  return fieldSelector === undefined || matchesFields(parseFieldSelector(fieldSelector), object)
}

function keyFor({ metadata: { name, namespace = '' } }: KubeObject): string {
  return `${namespace}/${name}`
}

function refOf(name: string, namespace: string | undefined): ObjectRef {
  return namespace === undefined ? { name } : { name, namespace }
}

/** A held request ends with its caller's patience. */
async function unlessAborted(fault: Promise<void> | void, signal: AbortSignal): Promise<void> {
  if (fault === undefined) return
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    fault.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
