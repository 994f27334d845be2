import { Buffer } from 'node:buffer'
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { ConnectionError } from './connection-error.ts'
import { toConnectionError } from './connection-failure.ts'
import { silence } from './http1-exchange.ts'
import type { OutgoingRequest } from './identity-transport.ts'
import type { TransportResponse } from './transport.ts'

/** The server has not looked at the request: it goes away, or has too many of them. Sending it again does no harm. */
export class RefusedStreamError extends ConnectionError {
  constructor(server: string, cause?: unknown) {
    super('lost', `${server} refused a request on a connection that it is closing`, { maybeDelivered: false, cause })
  }
}

/** With what a request is sent. */
export interface Http2Exchange {
  readonly server: string
  readonly base: URL
  readonly session: ClientHttp2Session
  readonly signal: AbortSignal
}

/** Sends one request as a stream. `closed` is called when the stream is. */
export function exchangeOverHttp2(
  request: OutgoingRequest,
  { server, base, session, signal }: Http2Exchange,
  closed: () => void,
): Promise<TransportResponse> {
  const { body } = request
  const stream = session.request(
    {
      ...(request.headers as Record<string, string | string[]>),
      ':method': request.method,
      ':path': `${base.pathname.replace(/\/$/, '')}${request.path}`,
      ':authority': base.host,
      ':scheme': 'https',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
    { endStream: body === undefined },
  )
  return new Promise((resolve, reject) => {
    let failure: unknown
    let isAnswered = false
    const cancel = (error?: Error): void => {
      stream.close(constants.NGHTTP2_CANCEL)
      stream.destroy(error)
    }
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const toError = (): unknown => {
      if (signal.aborted) return signal.reason
      // A connection that ends in peace gives its streams no error.
      const error = failure ?? new Error('the stream was closed')
      return isRefused(stream, error)
        ? new RefusedStreamError(server, error)
        : toConnectionError(error, { server, isConnected: true })
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (request.idleTimeoutMs !== undefined) {
      stream.setTimeout(request.idleTimeoutMs, () => cancel(silence(server, request.idleTimeoutMs)))
    }
    stream.on('error', (error) => {
      failure = error
    })
    stream.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      if (!isAnswered) reject(toError())
      closed()
    })
    stream.once('response', (headers) => {
      isAnswered = true
      resolve({
        status: headers[':status'] ?? 0,
        headers: headersOf(headers),
        body: bodyOf(stream, toError),
      })
    })
    if (body !== undefined) stream.end(body)
  })
}

function isRefused(stream: ClientHttp2Stream, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return (
    stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ||
    code === 'ERR_HTTP2_GOAWAY_SESSION' ||
    code === 'ERR_HTTP2_INVALID_SESSION'
  )
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

/**
 * Not Node's own iteration: that ends as if the body were complete when a connection breaks in peace, and throws for a
 * complete one that is read late.
 */
async function* bodyOf(stream: ClientHttp2Stream, toError: () => unknown): AsyncGenerator<Uint8Array, void, undefined> {
  let wake = (): void => {}
  const onEvent = (): void => wake()
  const events = ['readable', 'end', 'close'] as const
  for (const event of events) stream.on(event, onEvent)
  try {
    for (;;) {
      const chunk = stream.read() as Buffer | null
      if (chunk !== null) yield chunk
      else if (stream.readableEnded) return
      else if (stream.destroyed) throw toError()
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    for (const event of events) stream.off(event, onEvent)
    if (!stream.readableEnded) {
      stream.close(constants.NGHTTP2_CANCEL)
      stream.destroy()
    }
  }
}
