/**
 * Which connections a request may use. `pooled`: those that unary requests share. `reserved`: as well, and a place that is kept for
 * leases, so that renewing one never waits behind slow requests. `own`: as many places as there are requests, for watches.
 */
export type Lane = 'pooled' | 'reserved' | 'own'

/** One HTTP request, as a transport sends it. Credentials are the transport's affair. */
export interface TransportRequest {
  readonly method: string
  /** Path below the server's base URL, with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly lane: Lane
  /** Fails the request when no byte arrives for this long. Absent: never. */
  readonly idleTimeoutMs?: number | undefined
}

/** The head of an answer, and its body as it arrives. */
export interface TransportResponse {
  readonly status: number
  /** Names in lower case; repeated headers are joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** To be read to its end, or left early (which closes the connection). Throws {@link ConnectionError} when it breaks off. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * How requests reach an API server. Any HTTP status is an answer; what throws is a {@link ConnectionError}, or the signal's
 * reason.
 */
export interface Transport {
  request(request: TransportRequest, ctx: { readonly signal: AbortSignal }): Promise<TransportResponse>
  /** Ends every connection, also those with requests on them. */
  close(): void
}
