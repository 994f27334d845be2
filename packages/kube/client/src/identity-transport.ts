import type { Clock } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'
import { readAll } from './answer.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { ConnectionError } from './connection-error.ts'
import type { DialTarget } from './dial.ts'
import { parseProxy } from './proxy.ts'
import { createIdentitySource, type Identity } from './request-identity.ts'
import { expiryOfClient, tlsForProxy, tlsForServer } from './tls-identity.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

/** The connections of one identity: a certificate belongs to a connection, not to a request. */
export interface Connections {
  exchange(request: OutgoingRequest, signal: AbortSignal): Promise<TransportResponse>
  /** Lets requests in flight finish, and their connections end with them. */
  retire(): void
  /** Ends every connection now. */
  destroy(): void
}

/** A request with the headers of its identity. */
export interface OutgoingRequest extends Omit<TransportRequest, 'headers'> {
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

/**
 * What both transports share. Certificates and token files are followed as they change; after a 401 they are read again, and
 * the request is sent once more if that brought something new. Throws for a configuration that can never work.
 */
export function createIdentityTransport(
  config: ClusterConfig,
  deps: { readonly clock: Clock; readonly log: Logger },
  open: (target: DialTarget, base: URL) => Connections,
): Transport {
  const base = parseServer(config)
  const proxy = config.proxyUrl === undefined ? undefined : parseProxy(config.proxyUrl)
  const identities = createIdentitySource(config, deps)
  let current: { readonly identity: Identity; readonly connections: Connections } | undefined
  let isClosed = false

  const targetFor = (identity: Identity): DialTarget => {
    const host = base.hostname.replace(/^\[|\]$/g, '')
    const isTls = base.protocol === 'https:'
    return {
      server: base.href.replace(/\/$/, ''),
      host,
      port: Number(base.port) || (isTls ? 443 : 80),
      tls: isTls ? tlsForServer(config, identity, host) : undefined,
      proxy: proxy && {
        ...proxy,
        tls: proxy.protocol === 'https:' ? tlsForProxy(config, identity, proxy.host) : undefined,
      },
      clock: deps.clock,
    }
  }

  const connectionsFor = (identity: Identity): Connections => {
    if (isClosed) throw new Error('the Kubernetes client is closed')
    if (current !== undefined && hasSameFiles(current.identity, identity)) return current.connections
    const connections = open(targetFor(identity), base)
    current?.connections.retire()
    current = { identity, connections }
    return connections
  }

  const send = (request: TransportRequest, identity: Identity, signal: AbortSignal): Promise<TransportResponse> => {
    const headers = { ...request.headers, ...identity.headers }
    return connectionsFor(identity).exchange({ ...request, headers }, signal)
  }

  /** The server only says "Unauthorized". Another request may find a renewed file. */
  const refuseExpired = (identity: Identity): void => {
    const expired = expiryOfClient(identity, deps.clock.now())
    if (expired === undefined || identity.headers['authorization'] !== undefined) return
    const { clientCert } = config
    const file = clientCert !== undefined && 'file' in clientCert ? ` ${clientCert.file}` : ''
    const text = `${config.server} answers 401: the client certificate${file} has expired on ${expired.toISOString()}: renew it`
    throw new ConnectionError('credentials', text, { maybeDelivered: false })
  }

  return {
    async request(request, { signal }): Promise<TransportResponse> {
      signal.throwIfAborted()
      const identity = await identities({ refresh: false })
      signal.throwIfAborted()
      const response = await send(request, identity, signal)
      if (response.status !== 401) return response
      const renewed = await identities({ refresh: true })
      if (isSame(identity, renewed)) {
        refuseExpired(renewed)
        return response
      }
      await readAll(response.body)
      return send(request, renewed, signal)
    },
    close(): void {
      isClosed = true
      current?.connections.destroy()
    },
  }
}

function parseServer({ server }: ClusterConfig): URL {
  const base = URL.canParse(server) ? new URL(server) : undefined
  if (base === undefined || (base.protocol !== 'https:' && base.protocol !== 'http:') || base.username !== '') {
    throw new Error(`"${server}" is not the address of an API server: want https://host:port`)
  }
  return base
}

function hasSameFiles(a: Identity, b: Identity): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key
}

function isSame(a: Identity, b: Identity): boolean {
  return a.headers['authorization'] === b.headers['authorization'] && a.cert === b.cert && a.key === b.key
}
