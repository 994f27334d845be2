import { systemClock } from '@csi-ts/concurrency'
import { silentLogger } from '@csi-ts/telemetry'
import type { ClusterConfig } from './cluster-config.ts'
import type { HttpTransportOptions } from './http-transport.ts'
import { createHttp2Connections } from './http2-connections.ts'
import { createIdentityTransport } from './identity-transport.ts'
import type { Transport } from './transport.ts'

/** Settings of {@link createHttp2Transport}. */
export interface Http2TransportOptions extends HttpTransportOptions {
  /** How often a connection is sent a ping; `Infinity`: never. Default 30 s. */
  readonly pingIntervalMs?: number | undefined
  /** A connection is given up when nothing comes for this long after a ping. Default 15 s. */
  readonly pingTimeoutMs?: number | undefined
}

/**
 * HTTP/2: one connection for everything, and another only while the server's limit of requests at a time is reached and one
 * waits (`maxConnections` bounds that for all but watches and leases; one place on each connection is kept for leases).
 * A connection that the server is closing (GOAWAY) finishes what it carries, what it refuses is sent on a new one. A server
 * that does not offer HTTP/2 in the TLS handshake, or has no TLS, gets HTTP/1.1. Credentials are followed as
 * {@link createHttpTransport} follows them. Throws for a configuration that can never work.
 */
export function createHttp2Transport(config: ClusterConfig, options: Http2TransportOptions = {}): Transport {
  const { clock = systemClock, log = silentLogger, maxConnections = 4 } = options
  const { pingIntervalMs = 30_000, pingTimeoutMs = 15_000 } = options
  return createIdentityTransport(config, { clock, log }, (target, base) =>
    createHttp2Connections(target, base, { maxConnections, pingIntervalMs, pingTimeoutMs, log }),
  )
}
