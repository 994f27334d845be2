/** What the runner tells the program inside the namespaces. The end of the channel means {@link StopMessage} too. */
export type ToInside = RunMessage | StopMessage

/** The first message: what to do. */
export interface RunMessage {
  readonly kind: 'run'
  readonly scenarios: readonly string[]
  readonly keep: boolean
  /** Binary names and paths. */
  readonly binaries: readonly (readonly [string, string])[]
  /** Folder of the repository; stays visible inside. */
  readonly repository: string
  /** Folder on disk that logs go to. */
  readonly logs: string
}

/** Ends whatever is running, then the cluster. */
export interface StopMessage {
  readonly kind: 'stop'
  readonly why: string
}

/** What the program inside tells the runner. */
export type FromInside =
  /** The namespaces exist; everything that belongs to this cluster is known by the number. */
  | { readonly kind: 'started'; readonly pidNamespace: string }
  /** Progress to show, without a line end. */
  | { readonly kind: 'line'; readonly text: string }
  /** A scenario has ended. */
  | {
      readonly kind: 'result'
      readonly scenario: string
      readonly ok: boolean
      readonly ms: number
      readonly failure?: string
    }
  /** The cluster could not be started, or broke. */
  | { readonly kind: 'broken'; readonly failure: string }
  /** All scenarios have run and the cluster stays (`--keep`). */
  | { readonly kind: 'keeping'; readonly kubeconfig: string; readonly kubectl: string }
