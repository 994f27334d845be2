import { checkRegistration, type Registration } from '@csi-ts/node-registration'
import { createHttpEndpoints, type HttpEndpoints, serveMetrics, serveProfiles } from '@csi-ts/process'
import type { Logger, MetricsRegistry } from '@csi-ts/telemetry'
import type { RegistrarOptions } from './flags.ts'

/** What is told over HTTP. */
export interface RegistrarEndpointsDeps {
  readonly registration: Pick<Registration, 'socketPath' | 'status'>
  readonly driverName: string
  readonly metrics: MetricsRegistry
  readonly log: Logger
}

/**
 * The registrar's HTTP server, not listening yet: `/healthz` as upstream (does the registration socket answer), and beyond it
 * `/readyz` (has kubelet confirmed the registration) and metrics.
 */
export function createRegistrarEndpoints(
  deps: RegistrarEndpointsDeps,
  options: Pick<RegistrarOptions, 'timeoutMs' | 'enablePprof' | 'metricsPath'>,
): HttpEndpoints {
  const { registration, driverName, metrics, log } = deps
  const endpoints = createHttpEndpoints({ log })
  endpoints.handle(
    '/healthz',
    async ({ signal }) =>
      await checkRegistration({
        socketPath: registration.socketPath,
        driverName,
        timeoutMs: options.timeoutMs,
        signal,
      }),
    { methods: 'any' },
  )
  endpoints.handle('/readyz', () => describeStatus(registration))
  serveMetrics(endpoints, options.metricsPath, metrics)
  if (options.enablePprof) serveProfiles(endpoints)
  return endpoints
}

function describeStatus({ status }: Pick<Registration, 'status'>): { readonly status: number; readonly body: string } {
  switch (status.kind) {
    case 'registered':
      return { status: 200, body: `ok: registered at ${new Date(status.atMs).toISOString()}` }
    case 'waiting':
      return { status: 503, body: 'kubelet has not confirmed the registration' }
    case 'refused':
      return { status: 503, body: `kubelet refused at ${new Date(status.atMs).toISOString()}: ${status.error}` }
  }
}
