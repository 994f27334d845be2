import type { EndpointResponse, HttpEndpoints } from '@csi-ts/process'
import type { HealthCheck, HealthReport } from './health-check.ts'

/** What is answered where. */
export interface ServeHealthOptions {
  readonly health: HealthCheck
  /** What is still awaited before the first check makes sense; nothing once it does. Default: nothing. */
  readonly waitingFor?: (() => string | undefined) | undefined
}

/**
 * Answers the driver's health on three paths, whatever the method:
 * - `/healthz`: 200 `ok` when the driver is ready, else 500 with the reason. Upstream's only path;
 * - `/livez`: the same, but a driver that answers "not ready" is alive;
 * - `/readyz`: like `/healthz`, with 503.
 *
 * While something is awaited all three answer 503 and say what.
 */
export function serveHealth(endpoints: HttpEndpoints, options: ServeHealthOptions): void {
  const serve = (path: string, judge: (report: HealthReport) => EndpointResponse): void => {
    endpoints.handle(
      path,
      async ({ signal }) => {
        const awaited = options.waitingFor?.()
        if (awaited !== undefined) return { status: 503, body: awaited }
        return judge(await options.health.check({ signal }))
      },
      { methods: 'any' },
    )
  }
  serve('/healthz', ({ status, body }) => ({ status, body }))
  serve('/livez', ({ status, body, outcome }) =>
    outcome === 'not-ready' ? { status: 200, body: 'ok' } : { status, body },
  )
  serve('/readyz', ({ healthy, body }) => ({ status: healthy ? 200 : 503, body }))
}
