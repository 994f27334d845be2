import { randomBytes } from 'node:crypto'
import type { KubeObject, ObjectMeta, ResourceType } from '@csi-ts/kube-api'
import { ApiError, type KubeClient, type WatchEvent, type WatchOptions } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** Any object of the API, as rules read it. */
export interface AnyObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
  // biome-ignore lint/suspicious/noExplicitAny: rules look at fields of every kind, and fail when they are not there
  [field: string]: any
}

/** What the server answered, good or bad. */
export interface Answer {
  readonly code: number
  /** The object, the list, or the Status. */
  readonly body: AnyObject
}

/** How to send a request. */
export interface RequestOptions {
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly accept?: string
}

/** What a rule works with: a namespace of its own on the server, and requests to it. */
export interface ContractContext {
  readonly client: KubeClient
  readonly work: WorkContext
  /** Exists, is empty, and is this rule's alone. */
  readonly namespace: string
  /** Path of a resource in the namespace: `configmaps`, `leases.coordination.k8s.io`. */
  readonly path: (resource: string, name?: string, subresource?: string) => string
  /** A name that no other rule uses, for objects outside of namespaces. */
  readonly unique: (prefix: string) => string
  /** Sends a request; refusals are answers too. */
  readonly send: (method: string, path: string, options?: RequestOptions) => Promise<Answer>
  /** Creates an object that has to be accepted. Outside of namespaces it is deleted when the rule is over. */
  readonly create: (path: string, object: object) => Promise<AnyObject>
  readonly get: (path: string) => Promise<AnyObject>
  /** A merge patch that has to be accepted. */
  readonly merge: (path: string, body: object) => Promise<AnyObject>
  /** A watch in the namespace, if the type has one; it ends with the rule. */
  readonly watch: <T extends KubeObject>(type: ResourceType<T>, options?: WatchOptions) => WatchReader<T>
}

/** A watch, read one event at a time. It is opened by the first read. */
export interface WatchReader<T> {
  /**
   * The next event; undefined when the server has ended the watch. Fails as the client's watch does, and when nothing
   * comes within ten seconds.
   */
  next(): Promise<WatchEvent<T> | undefined>
}

const eventTimeoutMs = 10_000

/** Gives `use` a context with a namespace of its own, and removes afterwards what has been created. */
export async function withContractContext(
  client: KubeClient,
  work: WorkContext,
  use: (context: ContractContext) => Promise<void>,
): Promise<void> {
  const suffix = randomBytes(4).toString('hex')
  const namespace = `contract-${suffix}`
  const created: string[] = []
  const over = new AbortController()

  async function send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, query, contentType, accept } = options
    try {
      const response = await client.raw(
        {
          method,
          path,
          query,
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          headers: {
            accept: accept ?? 'application/json',
            ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
          },
        },
        work,
      )
      return { code: response.status, body: JSON.parse(await response.text()) as AnyObject }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { code, reason, message, details } = error
      return { code, body: { kind: 'Status', metadata: {}, code, reason, message, details } }
    }
  }

  async function accepted(method: string, path: string, options: RequestOptions): Promise<AnyObject> {
    const { code, body } = await send(method, path, options)
    if (code >= 300) throw new Error(`${method} ${path}: ${code} ${String(body['message'])}`)
    return body
  }

  const context: ContractContext = {
    client,
    work,
    namespace,
    path(resource, name, subresource) {
      const [plural = '', ...group] = resource.split('.')
      const root = group.length === 0 ? '/api/v1' : `/apis/${group.join('.')}/v1`
      return [`${root}/namespaces/${namespace}/${plural}`, name, subresource]
        .filter((part) => part !== undefined)
        .join('/')
    },
    unique: (prefix) => `${prefix}-${suffix}`,
    send,
    async create(path, object) {
      const body = await accepted('POST', path, { body: object })
      if (!path.includes('/namespaces/')) created.push(`${path}/${body.metadata.name}`)
      return body
    },
    get: (path) => accepted('GET', path, {}),
    merge: (path, body) => accepted('PATCH', path, { body, contentType: 'application/merge-patch+json' }),
    watch(type, options = {}) {
      const watching = { ...work, signal: AbortSignal.any([work.signal, over.signal]) }
      const scope = type.namespaced ? { namespace } : {}
      return createReader(client.resource(type).watch({ ...scope, ...options }, watching), type.plural)
    },
  }

  await accepted('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
  try {
    await use(context)
  } finally {
    over.abort(new Error('the rule is over'))
    for (const path of created.toReversed()) await removeForGood(send, path)
    await removeNamespace(send, namespace)
  }
}

type Send = ContractContext['send']

async function removeForGood(send: Send, path: string): Promise<void> {
  await send('DELETE', path)
  await send('PATCH', path, { body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' })
}

/** Without a namespace controller nobody empties it; the server then only forgets the namespace, which is enough here. */
async function removeNamespace(send: Send, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`
  await send('DELETE', path)
  await send('PUT', `${path}/finalize`, { body: { metadata: { name }, spec: { finalizers: [] } } })
}

function createReader<T>(events: AsyncIterable<WatchEvent<T>>, what: string): WatchReader<T> {
  const iterator = events[Symbol.asyncIterator]()
  return {
    async next() {
      const { promise: late, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(
        () => reject(new Error(`no event of ${what} within ${eventTimeoutMs} ms`)),
        eventTimeoutMs,
      )
      try {
        const { done, value } = await Promise.race([iterator.next(), late])
        return done === true ? undefined : value
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
