import type { KubeObject, ObjectMeta, ObjectRef, ResourceType } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Patch } from './patch.ts'
import type { RateLimit } from './rate-limit.ts'

/** An object to create: apiVersion and kind are filled in from the resource type; the name may be left to the server. */
export type NewObject<T extends KubeObject = KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  apiVersion?: string
  kind?: string
  metadata: (ObjectMeta & { name: string }) | (ObjectMeta & { generateName: string })
}

/** What is known of an object that was fetched as metadata only: apiVersion and kind are those of the real object. */
export type PartialObject = KubeObject

/** Which objects. */
export interface ListOptions {
  /** Absent: of all namespaces. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Most objects in one page. The server ignores it when `resourceVersion` is `0`. */
  readonly limit?: number | undefined
  /** Token of the page before. */
  readonly continue?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined
}

/** Which changes. */
export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  /** Ask for BOOKMARK events. Default true. */
  readonly allowBookmarks?: boolean | undefined
  /** When the server shall end the watch. Default: random between 300 and 600. */
  readonly timeoutSeconds?: number | undefined
  /** Starts with the present objects as ADDED, then a BOOKMARK annotated `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean | undefined
}

/** One page of a list. */
export interface ListPage<T> {
  /** Complete objects: apiVersion and kind, which lists leave out, are filled in. */
  readonly items: T[]
  readonly resourceVersion: string
  /** Token for the next page; absent on the last. */
  readonly continue?: string
}

/** A change. The object of a BOOKMARK has only apiVersion, kind and metadata.resourceVersion (and annotations). */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** Options of every write. */
export interface WriteOptions {
  /** Everything but storing. Default false. */
  readonly dryRun?: boolean | undefined
  readonly fieldManager?: string | undefined
}

/** Options of a patch. */
export interface PatchOptions extends WriteOptions {
  /** Part of the object to patch, e.g. `status`. */
  readonly subresource?: string | undefined
  /** Takes fields over from other managers; `apply` only. */
  readonly force?: boolean | undefined
}

/** Options of a delete. */
export interface DeleteOptions {
  /** Only this very object. */
  readonly uid?: string | undefined
  /** Only in this version. */
  readonly resourceVersion?: string | undefined
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined
  readonly dryRun?: boolean | undefined
}

/** Which objects to delete, and how. */
export interface DeleteCollectionOptions
  extends Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
    Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy' | 'dryRun'> {}

/**
 * The objects of one resource type. Everything rejects with `ApiError` when the server says no, `ConnectionError` when there is
 * no usable answer, and the reason of `ctx.signal` when that fires.
 */
export interface ResourceClient<T extends KubeObject> {
  readonly type: ResourceType<T>
  get(ref: ObjectRef, ctx: WorkContext, options?: { readonly resourceVersion?: string | undefined }): Promise<T>
  /** One page. */
  list(options: ListOptions, ctx: WorkContext): Promise<ListPage<T>>
  /** All pages, of one moment. `limit` is the page size, default 500. A list that expires on the way starts again once. */
  listAll(options: Omit<ListOptions, 'continue'>, ctx: WorkContext): Promise<{ items: T[]; resourceVersion: string }>
  /**
   * Changes as they happen, from `resourceVersion` on. Ends when the server ends the watch in peace; an ERROR event throws
   * `ApiError` ({@link isGone}: list again). Leaving the loop closes the connection.
   */
  watch(options: WatchOptions, ctx: WorkContext): AsyncIterable<WatchEvent<T>>
  /**
   * Creates the object. When the answer is lost and the object has a fixed name, the create is sent again; if the name is
   * taken by then and what is there holds everything that was sent, that object is returned as the one created.
   */
  create(object: NewObject<T>, ctx: WorkContext, options?: WriteOptions): Promise<T>
  /** Replaces the object; with `metadata.resourceVersion` only in that version. */
  update(object: T, ctx: WorkContext, options?: WriteOptions): Promise<T>
  /** Replaces only the status. */
  updateStatus(object: T, ctx: WorkContext, options?: WriteOptions): Promise<T>
  patch(ref: ObjectRef, patch: Patch, ctx: WorkContext, options?: PatchOptions): Promise<T>
  /** Asks for deletion: finalizers may keep the object for a while. */
  delete(ref: ObjectRef, ctx: WorkContext, options?: DeleteOptions): Promise<void>
  /**
   * Deletes what the selectors match, or everything of the namespace. A namespaced resource needs a namespace. Not sent again
   * when its answer may have been lost: objects that were created since would go too.
   */
  deleteCollection(options: DeleteCollectionOptions, ctx: WorkContext): Promise<void>
  /** Reads another representation of the object, e.g. `scale`. */
  getSubresource<S extends object>(ref: ObjectRef, subresource: string, ctx: WorkContext): Promise<S>
  /** Posts to a subresource, e.g. `token`, `eviction` or `binding`, and returns the answer. */
  createSubresource<S extends object>(ref: ObjectRef, subresource: string, body: object, ctx: WorkContext): Promise<S>
  /** The same objects without anything but metadata; `create` and the updates are refused. */
  metadata(): ResourceClient<PartialObject>
}

/** A request that no method covers. */
export interface RawRequest {
  readonly method: string
  /** Below the server's base URL. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON, text as it is. */
  readonly body?: string | object | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** An answer below 400. */
export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  text(): Promise<string>
}

/** A client of one API server. Cheap to derive, so share one. */
export interface KubeClient {
  /** Base URL. */
  readonly server: string
  resource<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T>
  /** Rejects as the methods of {@link ResourceClient} do. Only GET is sent again when a connection is lost. */
  raw(request: RawRequest, ctx: WorkContext): Promise<RawResponse>
  /** A client over the same connections with a limit (and bucket) of its own, or none. Its `close` does nothing. */
  withRateLimit(limit: RateLimit | undefined): KubeClient
  /** Ends every connection. */
  close(): void
}
