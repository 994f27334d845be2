import { Buffer } from 'node:buffer'
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '@csi-ts/concurrency'
import { type Logger, silentLogger } from '@csi-ts/telemetry'
import { readAll } from './answer.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { ConnectionError } from './connection-error.ts'
import { toConnectionError } from './connection-failure.ts'
import { type ConnectionPools, createConnectionPools } from './connection-pools.ts'
import { createIdentitySource, type Identity } from './request-identity.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

/** Settings of {@link createHttpTransport}. */
export interface HttpTransportOptions {
  /** Most connections for everything but watches; one of them is kept for leases. Default 4. */
  readonly maxConnections?: number | undefined
  readonly clock?: Clock | undefined
  readonly log?: Logger | undefined
}

/**
 * HTTP/1.1 with connections that are kept. Certificates and token files are followed as they change; after a 401 they are
 * read again, and the request is sent once more if that brought something new. Throws for a configuration that can never
 * work.
 */
export function createHttpTransport(config: ClusterConfig, options: HttpTransportOptions = {}): Transport {
  const { clock = systemClock, log = silentLogger, maxConnections = 4 } = options
  const base = parseServer(config)
  const server = base.href.replace(/\/$/, '')
  const identities = createIdentitySource(config, { clock, log })
  let pools: ConnectionPools | undefined
  let isClosed = false

  const poolsFor = (identity: Identity): ConnectionPools => {
    if (isClosed) throw new Error('the Kubernetes client is closed')
    if (pools?.fits(identity) === true) return pools
    const next = createConnectionPools(config, identity, maxConnections)
    pools?.retire()
    pools = next
    return next
  }

  const send = (request: TransportRequest, identity: Identity, signal: AbortSignal): Promise<TransportResponse> =>
    exchange(request, {
      base,
      server,
      signal,
      headers: { ...request.headers, ...identity.headers },
      agent: poolsFor(identity).agents[request.lane],
    })

  return {
    async request(request, { signal }): Promise<TransportResponse> {
      signal.throwIfAborted()
      const identity = await identities({ refresh: false })
      const response = await send(request, identity, signal)
      if (response.status !== 401) return response
      const renewed = await identities({ refresh: true })
      if (sameIdentity(identity, renewed)) return response
      await readAll(response.body)
      return send(request, renewed, signal)
    },
    close(): void {
      isClosed = true
      pools?.destroy()
    },
  }
}

function parseServer({ server, proxyUrl }: ClusterConfig): URL {
  const base = URL.canParse(server) ? new URL(server) : undefined
  if (base === undefined || (base.protocol !== 'https:' && base.protocol !== 'http:') || base.username !== '') {
    throw new Error(`"${server}" is not the address of an API server: want https://host:port`)
  }
  if (proxyUrl !== undefined) throw new Error(`proxy ${proxyUrl} for ${server}: proxies are not supported`)
  return base
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.headers['authorization'] === b.headers['authorization'] && a.cert === b.cert && a.key === b.key
}

interface Exchange {
  readonly base: URL
  readonly server: string
  readonly signal: AbortSignal
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly agent: Agent
}

async function exchange(request: TransportRequest, o: Exchange): Promise<TransportResponse> {
  const { base, signal, server } = o
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const isTls = base.protocol === 'https:'
    const outgoing = (isTls ? httpsRequest : httpRequest)({
      agent: o.agent,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      method: request.method,
      path: `${base.pathname.replace(/\/$/, '')}${request.path}`,
      headers: { ...o.headers, ...framing(request.body) } as OutgoingHttpHeaders,
    })
    const connection = followConnection(outgoing, request, isTls ? 'secureConnect' : 'connect')
    const onAbort = (): void => {
      outgoing.destroy()
      // A request that still waits for a connection says nothing when it is destroyed.
      reject(signal.reason)
    }
    const toError = (error: unknown): unknown =>
      signal.aborted ? signal.reason : toConnectionError(error, { server, isConnected: connection.isUp() })

    signal.addEventListener('abort', onAbort, { once: true })
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort))
    if (request.idleTimeoutMs !== undefined) {
      outgoing.setTimeout(request.idleTimeoutMs, () => {
        const text = `${server} has sent nothing for ${Number(request.idleTimeoutMs) / 1000} s: check the network`
        outgoing.destroy(new ConnectionError('timeout', text, { maybeDelivered: true }))
      })
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
}

/** Connections that have been set up. Node's own flag (`reusedSocket`) misses those that a waiting request takes over. */
const upSockets = new WeakSet<Socket>()

/** Knows when the connection is up, and has watch connections probed so that a vanished peer is noticed. */
function followConnection(outgoing: ClientRequest, request: TransportRequest, upEvent: string): { isUp(): boolean } {
  let isUp = false
  outgoing.once('socket', (socket) => {
    if (request.lane === 'own') {
      ;(socket as ProbedSocket).setKeepAlive({ enable: true, initialDelay: 30_000, interval: 10_000, count: 3 })
    }
    const markUp = (): void => {
      isUp = true
      upSockets.add(socket)
    }
    if (upSockets.has(socket)) isUp = true
    else socket.once(upEvent, markUp)
  })
  return { isUp: () => isUp }
}

/** Node takes the intervals too, the type declarations do not know yet. */
interface ProbedSocket extends Omit<Socket, 'setKeepAlive'> {
  setKeepAlive(options: { enable: boolean; initialDelay: number; interval: number; count: number }): void
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
