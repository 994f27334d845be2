import {
  apiVersionOf,
  type KubeObject,
  keyOf,
  type ObjectRef,
  type ResourceType,
  refTo,
  resourcePath,
} from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import { parseAnswer, readAll, toApiError } from './answer.ts'
import { isAlreadyExists, isGone } from './api-error.ts'
import { deleteBody, pageAfter, selection, writeQuery } from './call-options.ts'
import type {
  DeleteCollectionOptions,
  DeleteOptions,
  ListOptions,
  ListPage,
  NewObject,
  PartialObject,
  PatchOptions,
  ResourceClient,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import { isRepeatable, type Patch, patchContentType } from './patch.ts'
import type { ApiAnswer, ApiRequest, Requester } from './requester.ts'
import { holdsContent } from './same-content.ts'
import { readWatchEvents } from './watch-stream.ts'

/** What the server is asked for when only metadata is wanted. */
const partialObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const partialList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

const defaultPageSize = 500
/** A server that keeps a watch open for longer than it was asked to is taken for dead after this. */
const watchGraceMs = 30_000

/** Makes the client of one resource type. `onlyMetadata`: whole objects never travel. */
export function createResourceClient<T extends KubeObject>(
  type: ResourceType<T>,
  requester: Requester,
  options: { readonly onlyMetadata: boolean },
): ResourceClient<T> {
  return new RestResource(type, requester, options.onlyMetadata)
}

type CallParts = Pick<ApiRequest, 'method' | 'path'> & Partial<ApiRequest>

class RestResource<T extends KubeObject> implements ResourceClient<T> {
  readonly type: ResourceType<T>
  private readonly requester: Requester
  private readonly onlyMetadata: boolean
  private readonly apiVersion: string

  constructor(type: ResourceType<T>, requester: Requester, onlyMetadata: boolean) {
    this.type = type
    this.requester = requester
    this.onlyMetadata = onlyMetadata
    this.apiVersion = apiVersionOf(type)
  }

  async get(
    ref: ObjectRef,
    ctx: WorkContext,
    options: { readonly resourceVersion?: string | undefined } = {},
  ): Promise<T> {
    const path = resourcePath(this.type, ref)
    const query = { resourceVersion: options.resourceVersion }
    return this.object(await this.call('get', { method: 'GET', path, query, isRepeatable: true }, ctx), 'get', path)
  }

  async list(options: ListOptions, ctx: WorkContext): Promise<ListPage<T>> {
    const path = resourcePath(this.type, { namespace: options.namespace })
    const query = { ...selection(options), limit: options.limit?.toString(), continue: options.continue }
    const headers = this.onlyMetadata ? { accept: partialList } : {}
    const answer = await this.call('list', { method: 'GET', path, query, headers, isRepeatable: true }, ctx)
    const { items, metadata } = parseAnswer<WireList<T>>(answer, this.of('list', path))
    const { resourceVersion = '', continue: next } = metadata ?? {}
    const complete = (items ?? []).map((item) => this.complete(item))
    return { items: complete, resourceVersion, ...(next ? { continue: next } : {}) }
  }

  async listAll(
    options: Omit<ListOptions, 'continue'>,
    ctx: WorkContext,
  ): Promise<{ items: T[]; resourceVersion: string }> {
    const first = await this.list({ ...options, limit: options.limit ?? defaultPageSize }, ctx)
    const items = first.items
    let next = first.continue
    try {
      while (next !== undefined) {
        const page: ListPage<T> = await this.list(
          { ...options, ...pageAfter, limit: options.limit ?? defaultPageSize, continue: next },
          ctx,
        )
        for (const item of page.items) items.push(item)
        next = page.continue
      }
    } catch (error) {
      if (!isGone(error)) throw error
      // The list grew older than the server's history on the way. In one piece it cannot.
      ctx.log.v(4).info('list expired between pages, listing in one piece', { resource: this.type.plural })
      const { resourceVersion: _ignored, resourceVersionMatch: _alsoIgnored, limit: _none, ...scope } = options
      const { items: all, resourceVersion } = await this.list(scope, ctx)
      return { items: all, resourceVersion }
    }
    return { items, resourceVersion: first.resourceVersion }
  }

  async *watch(options: WatchOptions, ctx: WorkContext): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const path = resourcePath(this.type, { namespace: options.namespace })
    const timeoutSeconds = options.timeoutSeconds ?? 300 + Math.floor(Math.random() * 300)
    const query = {
      ...selection(options),
      watch: 'true',
      allowWatchBookmarks: options.allowBookmarks === false ? undefined : 'true',
      timeoutSeconds: timeoutSeconds.toString(),
      sendInitialEvents: options.sendInitialEvents?.toString(),
    }
    const of = this.of('watch', path)
    const response = await this.requester.open(
      {
        verb: 'watch',
        method: 'GET',
        path,
        query,
        headers: this.onlyMetadata ? { accept: partialObject } : {},
        lane: 'own',
        isRepeatable: true,
        idleTimeoutMs: timeoutSeconds * 1000 + watchGraceMs,
      },
      ctx,
    )
    if (response.status !== 200) throw toApiError({ ...response, body: await readAll(response.body) }, of)
    for await (const event of readWatchEvents<T>(response.body, of)) {
      if (this.onlyMetadata) this.complete(event.object)
      yield event
    }
  }

  async create(object: NewObject<T>, ctx: WorkContext, options: WriteOptions = {}): Promise<T> {
    this.refusePartial('create')
    const { name, namespace } = object.metadata
    const path = resourcePath(this.type, { namespace })
    if (this.type.namespaced && !namespace) throw new Error(`${this.type.kind} ${name ?? ''} needs a namespace`)
    const request: CallParts = {
      method: 'POST',
      path,
      query: writeQuery(options),
      body: JSON.stringify({ ...object, apiVersion: this.apiVersion, kind: this.type.kind }),
      isRepeatable: name !== undefined && options.dryRun !== true,
    }
    const answer = await this.call('create', request, ctx)
    try {
      return this.object(answer, 'create', path)
    } catch (error) {
      if (!answer.isRepeat || name === undefined || !isAlreadyExists(error)) throw error
      // The answer to an earlier attempt was lost: is what is there now our own?
      const stored = await this.get(namespace ? { name, namespace } : { name }, ctx)
      if (!holdsContent(stored, object)) throw error
      ctx.log
        .v(2)
        .info('create was carried out although its answer was lost', { kind: this.type.kind, object: keyOf(stored) })
      return stored
    }
  }

  async update(object: T, ctx: WorkContext, options: WriteOptions = {}): Promise<T> {
    return this.put(object, undefined, ctx, options)
  }

  async updateStatus(object: T, ctx: WorkContext, options: WriteOptions = {}): Promise<T> {
    return this.put(object, 'status', ctx, options)
  }

  async patch(ref: ObjectRef, patch: Patch, ctx: WorkContext, options: PatchOptions = {}): Promise<T> {
    if (patch.type === 'apply' && options.fieldManager === undefined)
      throw new Error('an apply patch needs a fieldManager')
    const path = resourcePath(this.type, ref, options.subresource)
    const request: CallParts = {
      method: 'PATCH',
      path,
      query: { ...writeQuery(options), force: options.force?.toString() },
      headers: { ...this.accept(), 'content-type': patchContentType(patch.type) },
      body: JSON.stringify(patch.body),
      isRepeatable: isRepeatable(patch),
    }
    return this.object(await this.call('patch', request, ctx), 'patch', path)
  }

  async delete(ref: ObjectRef, ctx: WorkContext, options: DeleteOptions = {}): Promise<void> {
    const path = resourcePath(this.type, ref)
    const answer = await this.call(
      'delete',
      { method: 'DELETE', path, body: deleteBody(options), isRepeatable: true },
      ctx,
    )
    // The attempt whose answer was lost has deleted it.
    if (answer.status === 404 && answer.isRepeat) return
    parseAnswer(answer, this.of('delete', path))
  }

  async deleteCollection(options: DeleteCollectionOptions, ctx: WorkContext): Promise<void> {
    const { namespace, labelSelector, fieldSelector, ...others } = options
    if (this.type.namespaced && !namespace) throw new Error(`deleting all ${this.type.plural} needs a namespace`)
    const path = resourcePath(this.type, { namespace })
    const query = selection({ labelSelector, fieldSelector })
    const request: CallParts = { method: 'DELETE', path, query, body: deleteBody(others), isRepeatable: false }
    parseAnswer(await this.call('deletecollection', request, ctx), this.of('deletecollection', path))
  }

  async getSubresource<S extends object>(ref: ObjectRef, subresource: string, ctx: WorkContext): Promise<S> {
    const path = resourcePath(this.type, ref, subresource)
    const answer = await this.call('get', { method: 'GET', path, headers: {}, isRepeatable: true }, ctx)
    return parseAnswer<S>(answer, this.of('get', path))
  }

  async createSubresource<S extends object>(
    ref: ObjectRef,
    subresource: string,
    body: object,
    ctx: WorkContext,
  ): Promise<S> {
    const path = resourcePath(this.type, ref, subresource)
    const answer = await this.call('create', { method: 'POST', path, headers: {}, body: JSON.stringify(body) }, ctx)
    return parseAnswer<S>(answer, this.of('create', path))
  }

  metadata(): ResourceClient<PartialObject> {
    return new RestResource<PartialObject>(this.type, this.requester, true)
  }

  private async put(object: T, subresource: string | undefined, ctx: WorkContext, options: WriteOptions): Promise<T> {
    this.refusePartial('update')
    const path = resourcePath(this.type, refTo(object), subresource)
    const body = JSON.stringify({ ...object, apiVersion: this.apiVersion, kind: this.type.kind })
    // Sent twice, the second would be a conflict with the first.
    const request: CallParts = { method: 'PUT', path, query: writeQuery(options), body, isRepeatable: false }
    return this.object(await this.call('update', request, ctx), 'update', path)
  }

  private call(verb: string, parts: CallParts, ctx: WorkContext): Promise<ApiAnswer> {
    const lane = this.type.group === 'coordination.k8s.io' ? 'reserved' : 'pooled'
    return this.requester.send({ verb, lane, isRepeatable: false, headers: this.accept(), ...parts }, ctx)
  }

  private accept(): Record<string, string> {
    return this.onlyMetadata ? { accept: partialObject } : {}
  }

  private of(verb: string, path: string): { server: string; verb: string; path: string } {
    return { server: this.requester.server, verb, path }
  }

  private object(answer: ApiAnswer, verb: string, path: string): T {
    return this.complete(parseAnswer<T>(answer, this.of(verb, path)))
  }

  /** Items of lists come without apiVersion and kind, and metadata alone with those of its envelope. */
  private complete(item: T): T {
    item.apiVersion = this.apiVersion
    item.kind = this.type.kind
    return item
  }

  private refusePartial(verb: string): void {
    if (this.onlyMetadata)
      throw new Error(`${verb}: a metadata client has no whole ${this.type.kind} to send; patch it`)
  }
}

interface WireList<T> {
  readonly items?: T[] | null
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
}
