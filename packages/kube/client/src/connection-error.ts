/** What went wrong on the way to the server or back. */
export type ConnectionFailure =
  /** Name resolution, refusal, no route: there was no connection. */
  | 'unreachable'
  /** Certificates or TLS itself. */
  | 'tls'
  /** The connection broke before the whole answer was there. */
  | 'lost'
  /** No answer in time. */
  | 'timeout'
  /** What answered does not speak the Kubernetes API. */
  | 'protocol'
  /** A credential or certificate file could not be read, or a plugin gave none. */
  | 'credentials'

/** There is no (usable) answer. The message is one line: server, failure, and what to check. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly failure: ConnectionFailure
  /** Whether the server may have carried the request out. */
  readonly maybeDelivered: boolean

  constructor(
    failure: ConnectionFailure,
    message: string,
    options: { readonly maybeDelivered: boolean; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.failure = failure
    this.maybeDelivered = options.maybeDelivered
  }
}

/** Whether there was no (usable) answer from the API server. */
export function isConnectionError(error: unknown): error is ConnectionError {
  return error instanceof ConnectionError
}
