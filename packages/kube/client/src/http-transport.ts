import { type Clock, systemClock } from '@csi-ts/concurrency'
import { type Logger, silentLogger } from '@csi-ts/telemetry'
import type { ClusterConfig } from './cluster-config.ts'
import { createHttp1Connections } from './http1-connections.ts'
import { createIdentityTransport } from './identity-transport.ts'
import type { Transport } from './transport.ts'

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
  return createIdentityTransport(config, { clock, log }, (target, base) =>
    createHttp1Connections(target, base, { maxConnections }),
  )
}
