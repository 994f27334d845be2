import type { ClusterConfig } from '@csi-ts/kube-client'

/** What the observer is told. */
export type ToObserver =
  /** The first message. */
  | { readonly kind: 'start'; readonly config: ClusterConfig; readonly namespace: string }
  /** Answers with {@link Observation}. */
  | { readonly kind: 'observe' }

/** What the observer says. */
export type FromObserver = { readonly kind: 'started' } | Observation

/** What the observer's caches hold, and what went wrong. */
export interface Observation {
  readonly kind: 'observation'
  /** Cache name to object key to resourceVersion. */
  readonly caches: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Calls of handlers that contradict those before: told twice as new, a deletion of what was not there. */
  readonly contradictions: readonly string[]
  /** How often each kind of event was told, and how often state was read anew. */
  readonly told: number
  readonly relists: number
}
