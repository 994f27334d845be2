/** A call that the mock driver got, in the order of arrival. */
export interface RecordedCall {
  /** Name of the RPC, `CreateVolume`. */
  readonly method: string
  readonly request: unknown
  /** `pending` until the answer is on its way. A call whose connection was cut has failed. */
  outcome: 'pending' | 'answered' | 'failed'
  /** What the driver did, from the moment when its work is done; present also when the answer was never sent. */
  response?: unknown
  /** What it was answered instead. */
  error?: unknown
}
