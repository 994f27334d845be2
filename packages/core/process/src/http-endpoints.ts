import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, linkSignals, systemClock } from '@csi-ts/concurrency'
import type { Logger, MetricsSource } from '@csi-ts/telemetry'
import { answerRequest, type EndpointHandler, type HandleOptions, type Route } from './http-answer.ts'
import { parseListenAddress } from './listen-address.ts'

/** The HTTP server of a process: metrics, health, profiles. */
export interface HttpEndpoints {
  /** Answers `path`; a path that ends in a slash also answers all below it. Throws an Error when the path is taken. */
  handle(path: string, handler: EndpointHandler, options?: HandleOptions): void
  /** True when {@link handle} was called with exactly this path. */
  handles(path: string): boolean
  /**
   * Listens on an address of `parseListenAddress`, and resolves with the one in use. Rejects when the address is wrong or taken,
   * or when this server was told to listen before.
   */
  listen(address: string): Promise<{ readonly address: string }>
  /** Stops listening, lets requests in progress finish for at most the drain time, then cuts them. May be called again. */
  close(): Promise<void>
}

/** Settings of {@link createHttpEndpoints}. */
export interface HttpEndpointsOptions {
  readonly log: Logger
  /** How long `close` waits for requests in progress. Default 5000. */
  readonly drainMs?: number
  /** Default: the system's clock. */
  readonly clock?: Clock
}

/** An HTTP server that is not listening yet. Its limits are fit for endpoints that anyone in the cluster may reach. */
export function createHttpEndpoints(options: HttpEndpointsOptions): HttpEndpoints {
  const { log, drainMs = 5_000, clock = systemClock } = options
  const routes = new Map<string, Route>()
  const closing = linkSignals()
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 90_000, maxHeaderSize: 16_384 },
    (request, response) => void answerRequest(request, response, routes, closing.signal, log),
  )
  server.maxConnections = 512
  let started = false

  return {
    handle: (path, handler, { methods = ['GET', 'HEAD'] } = {}) => {
      if (routes.has(path)) throw new Error(`path ${path} is handled already`)
      routes.set(path, { handler, methods })
    },
    handles: (path) => routes.has(path),
    listen: async (address) => {
      if (started) throw new Error('the server listens already')
      started = true
      const target = parseListenAddress(address)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(target.kind === 'unix' ? { path: target.path } : { host: target.host, port: target.port }, () => {
          server.off('error', reject)
          server.on('error', (error) => log.error('HTTP server failed', error))
          resolve()
        })
      })
      return { address: addressOf(server) }
    },
    close: async () => {
      if (!server.listening) return
      const timer = clock.setTimer(drainMs, () => {
        closing.abort(new Error('the server is closing'))
        server.closeAllConnections()
      })
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
      timer.cancel()
    },
  }
}

/** Answers `path` with what the metrics hold at that moment. */
export function serveMetrics(endpoints: HttpEndpoints, path: string, metrics: Pick<MetricsSource, 'expose'>): void {
  endpoints.handle(path, async () => ({ status: 200, ...(await metrics.expose()) }))
}

function addressOf(server: Server): string {
  const address: AddressInfo | string | null = server.address()
  if (address === null) throw new Error('the server has no address')
  if (typeof address === 'string') return `unix://${address}`
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}
