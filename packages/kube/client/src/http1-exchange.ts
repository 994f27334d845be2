import { Buffer } from 'node:buffer'
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { ConnectionError } from './connection-error.ts'
import { toConnectionError } from './connection-failure.ts'
import type { DialTarget } from './dial.ts'
import type { OutgoingRequest } from './identity-transport.ts'
import type { TransportResponse } from './transport.ts'

/** With what a request is sent. */
export interface Http1Exchange {
  readonly target: DialTarget
  readonly base: URL
  readonly signal: AbortSignal
  readonly agent: Agent
}

/** Sends one request. `closed` resolves when its connection is free, or gone. */
export function exchangeOverHttp1(
  request: OutgoingRequest,
  { target, base, signal, agent }: Http1Exchange,
): { response: Promise<TransportResponse>; closed: Promise<void> } {
  const { server, proxy } = target
  const path = `${base.pathname.replace(/\/$/, '')}${request.path}`
  // An http server behind a proxy is asked for by its whole URL; TLS has a tunnel.
  const isProxied = proxy !== undefined && target.tls === undefined
  // Always this protocol: the agent brings a connection that is up, with TLS if it must be.
  const outgoing = httpRequest({
    agent,
    protocol: 'http:',
    method: request.method,
    path: isProxied ? `${base.origin}${path}` : path,
    headers: {
      ...request.headers,
      host: base.host,
      ...(isProxied && proxy.authorization !== undefined ? { 'proxy-authorization': proxy.authorization } : {}),
      ...framing(request.body),
    } as OutgoingHttpHeaders,
  })
  let isConnected = false
  const closed = new Promise<void>((resolve) => outgoing.once('close', resolve))
  const response = new Promise<TransportResponse>((resolve, reject) => {
    const onAbort = (): void => {
      outgoing.destroy()
      // A request that still waits for a connection says nothing when it is destroyed.
      reject(signal.reason)
    }
    const toError = (error: unknown): unknown =>
      signal.aborted ? signal.reason : toConnectionError(error, { server, isConnected })

    signal.addEventListener('abort', onAbort, { once: true })
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort))
    outgoing.once('socket', () => (isConnected = true))
    if (request.idleTimeoutMs !== undefined) {
      outgoing.setTimeout(request.idleTimeoutMs, () => outgoing.destroy(silence(server, request.idleTimeoutMs)))
    }
    outgoing.on('error', (error) => reject(toError(error)))
    outgoing.once('response', (incoming) => {
      resolve({
        status: incoming.statusCode ?? 0,
        headers: headersOf(incoming),
        body: bodyOf(incoming, outgoing, toError),
      })
    })
    outgoing.end(request.body)
  })
  return { response, closed }
}

/** The error for a server that says nothing for so long. */
export function silence(server: string, idleTimeoutMs: number | undefined): ConnectionError {
  const text = `${server} has sent nothing for ${Number(idleTimeoutMs) / 1000} s: check the network`
  return new ConnectionError('timeout', text, { maybeDelivered: true })
}

/** Node frames the body of a DELETE only when it is told the length; unframed, it would be read as the next request. */
function framing(body: string | undefined): Record<string, number> {
  return body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
}

function headersOf(incoming: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

async function* bodyOf(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  toError: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  let failure: unknown
  // The reason for which the request was destroyed; the body itself only says "aborted".
  outgoing.on('error', (error) => (failure = error))
  try {
    for await (const chunk of incoming) yield chunk as Buffer
  } catch (error) {
    throw toError(failure ?? error)
  }
}
