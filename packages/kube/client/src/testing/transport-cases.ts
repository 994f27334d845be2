import type { ClusterConfig } from '../cluster-config.ts'
import { createHttpTransport, type HttpTransportOptions } from '../http-transport.ts'
import { createHttp2Transport } from '../http2-transport.ts'
import type { Transport } from '../transport.ts'
import { type Http2ServerOptions, startHttp2Server } from './http2-server.ts'
import { type HttpsServer, type HttpsServerOptions, startHttpsServer } from './https-server.ts'

/** A transport and a server that it meets: what is true of transports is true of each. */
export interface TransportCase {
  readonly name: string
  readonly start: (options: HttpsServerOptions) => Promise<HttpsServer>
  readonly create: (config: ClusterConfig, options?: HttpTransportOptions) => Transport
}

/** To a handler both protocols look the same. */
const startHttp2 = (options: HttpsServerOptions): Promise<HttpsServer> =>
  startHttp2Server(options as unknown as Http2ServerOptions)

/** Every transport. */
export const transportCases: readonly TransportCase[] = [
  { name: 'HTTP/1.1', start: startHttpsServer, create: createHttpTransport },
  { name: 'HTTP/2', start: startHttp2, create: createHttp2Transport },
  { name: 'HTTP/2 where the server speaks HTTP/1.1', start: startHttpsServer, create: createHttp2Transport },
]
