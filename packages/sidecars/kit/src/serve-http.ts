import type { LeaderElector } from '@csi-ts/kube-controller'
import { createHttpEndpoints, type HttpEndpoints, serveMetrics } from '@csi-ts/process'
import type { Logger, MetricsSource } from '@csi-ts/telemetry'
import type { HttpOptions } from './common-flags.ts'

/** What the HTTP server shows. */
export interface HttpDeps {
  readonly metrics: Pick<MetricsSource, 'expose'>
  /** Absent: no election takes place. */
  readonly elector?: LeaderElector | undefined
  readonly log: Logger
  /** Adds further endpoints. */
  readonly extra?: ((endpoints: HttpEndpoints) => void) | undefined
}

/**
 * Serves metrics, and the health of the election at `/healthz/leader-election`: only with `--http-endpoint`, as upstream.
 * Undefined when no address is given. Rejects when it cannot listen.
 */
export async function serveHttp(options: HttpOptions, deps: HttpDeps): Promise<HttpEndpoints | undefined> {
  const address = options.httpEndpoint || options.metricsAddress
  if (address === '') return undefined
  const endpoints = createHttpEndpoints({ log: deps.log })
  serveMetrics(endpoints, options.metricsPath, deps.metrics)
  if (options.httpEndpoint !== '' && deps.elector !== undefined) serveElection(endpoints, deps.elector)
  deps.extra?.(endpoints)
  const listening = await endpoints.listen(address)
  deps.log.info('serving HTTP', { address: listening.address, metrics: options.metricsPath })
  return endpoints
}

function serveElection(endpoints: HttpEndpoints, elector: LeaderElector): void {
  endpoints.handle('/healthz/leader-election', () => {
    const { ok, message } = elector.healthCheck()
    return ok ? { status: 200, body: 'ok' } : { status: 500, body: `internal server error: ${message}\n` }
  })
}
