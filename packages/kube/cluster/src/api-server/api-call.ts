import type { Clock } from '@csi-ts/concurrency'
import type { ApiObject } from './json-record.ts'
import type { ResourceRoute } from './request-route.ts'
import type { ResourceRegistry } from './resource-registry.ts'
import type { ServedResource, ServedSubresource } from './served-resource.ts'
import type { Store } from './store.ts'
import type { StrategyContext } from './strategies/strategy.ts'
import type { View } from './view.ts'

/** Who sends a request. */
export interface UserInfo {
  readonly name: string
  readonly groups: readonly string[]
}

/** What all requests share. */
export interface ApiState {
  readonly store: Store
  readonly registry: ResourceRegistry
  readonly clock: Clock
  /** How often a watch that asked for bookmarks gets one. */
  readonly bookmarkIntervalMs: number
  /** Fires when the server ends: watches end then. */
  readonly stopped: AbortSignal
  issueToken(request: TokenSpec): string
}

/** What a service account token says. */
export interface TokenSpec {
  readonly namespace: string
  readonly serviceAccount: string
  readonly uid: string
  readonly audiences: readonly string[]
  readonly expiresAtMs: number
}

/** One request for a resource. */
export interface ApiCall {
  readonly state: ApiState
  readonly resource: ServedResource
  readonly subresource: ServedSubresource | undefined
  readonly route: ResourceRoute
  readonly query: URLSearchParams
  readonly contentType: string
  /** The request's body, parsed from JSON or YAML; undefined when there is none. */
  readonly body: unknown
  readonly user: UserInfo
  readonly userAgent: string
  readonly view: View
  /** When the request came. */
  readonly nowMs: number
  /** Sent as `Warning` headers. */
  readonly warnings: string[]
}

/** How a request is answered. */
export type ApiAnswer =
  | {
      readonly kind: 'text'
      readonly code: number
      readonly text: string
      readonly contentType?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Lines of JSON until the client goes or the stream ends by itself. */
  | { readonly kind: 'stream'; start(sink: StreamSink): void }

/** Where a watch writes to. */
export interface StreamSink {
  /** Sends one line; false when the client reads too slowly and has been cut off. */
  send(line: string): boolean
  /** Ends the response cleanly. */
  end(): void
  /** Fires when the client has gone or the response has ended. */
  readonly closed: AbortSignal
}

/** A JSON answer. */
export function jsonAnswer(code: number, body: unknown): ApiAnswer {
  return { kind: 'text', code, text: typeof body === 'string' ? body : JSON.stringify(body) }
}

/** The time of a request as objects carry it. */
export function nowText(state: ApiState): string {
  return `${new Date(state.clock.now()).toISOString().slice(0, 19)}Z`
}

/** What the strategies may look at. */
export function strategyContext(state: ApiState): StrategyContext {
  const collectionOf = (group: string, plural: string) => state.store.collection(`${group}/${plural}`)
  return {
    now: nowText(state),
    find: ({ group, plural }, namespace, name) =>
      collectionOf(group, plural).get(namespace === '' ? name : `${namespace}/${name}`)?.object,
    list: ({ group, plural }) => Array.from(collectionOf(group, plural).range(''), ({ object }): ApiObject => object),
  }
}

/** True when nothing is to be stored. */
export function isDryRun(query: URLSearchParams): boolean {
  return query.getAll('dryRun').includes('All')
}
