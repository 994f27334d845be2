import type { RecordedCall } from './recorded-call.ts'

/** What travels to a mock driver process, one line each. */
export type ControlRequest = { readonly id: number } & (
  | { readonly op: 'add'; readonly rule: unknown }
  | { readonly op: 'release' | 'remove'; readonly rule: number }
  | { readonly op: 'calls' | 'volumes' }
)

/** What comes back: the answer to a request, or the news that a call stands at a rule. */
export type ControlMessage =
  | { readonly id: number; readonly result?: unknown; readonly error?: string }
  | { readonly reached: number; readonly call: RemoteCall }

/** A call that a mock driver in another process got. */
export interface RemoteCall {
  readonly method: string
  /** One-line JSON of the request, protobuf names, secrets stripped. */
  readonly request: string
  readonly outcome: RecordedCall['outcome']
}
