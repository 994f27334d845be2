import type { MetricsRegistry } from '@csi-ts/telemetry'

/** Counts the requests of a client, under client-go's names. */
export interface ClientMetrics {
  /** One request was answered with this HTTP status, or (`<error>`) not at all. */
  observe(method: string, code: string, durationMs: number): void
}

/** Without a registry nothing is counted. `host` is the server's host and port. */
export function createClientMetrics(metrics: MetricsRegistry | undefined, host: string): ClientMetrics {
  if (metrics === undefined) return { observe: () => {} }
  const requests = metrics.counter({
    name: 'rest_client_requests_total',
    help: '[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
  })
  const durations = metrics.histogram({
    name: 'rest_client_request_duration_seconds',
    help: '[ALPHA] Request latency in seconds. Broken down by verb, and host.',
    labelNames: ['verb', 'host'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  })
  return {
    observe(method, code, durationMs): void {
      requests.inc({ code, method, host })
      durations.observe(durationMs / 1000, { verb: method, host })
    },
  }
}
