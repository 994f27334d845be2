import type { MetricsRegistry } from '@csi-ts/telemetry'
import type { InformerStatus } from './informers.ts'

/** What informers count themselves; the rest is read from their status when somebody asks. */
export interface InformerMetrics {
  handlerFailed(resource: string): void
  relisted(resource: string): void
}

/**
 * Measures caches: `csi_informer_synced`, `_objects`, `_relists_total`, `_silent_seconds` and `_handler_errors_total`, by
 * resource. Upstream has none of these; a controller that is blind is not seen there.
 */
export function createInformerMetrics(
  metrics: MetricsRegistry | undefined,
  status: () => readonly InformerStatus[],
): InformerMetrics {
  if (metrics === undefined) return { handlerFailed: () => undefined, relisted: () => undefined }
  const labelNames = ['resource']
  const described = (name: string, help: string) => ({ name: `csi_informer_${name}`, help, labelNames })
  // Caches of several scopes of one resource are one series: the worst of them, or all together.
  const gauge = (name: string, help: string, value: (scopes: readonly InformerStatus[]) => number): void => {
    metrics.gauge(described(name, help), (family) => {
      const byResource = Object.groupBy(status(), ({ resource }) => resource)
      for (const [resource, scopes = []] of Object.entries(byResource)) family.set(value(scopes), { resource })
    })
  }
  gauge('synced', '1 when the cache was filled', (scopes) => (scopes.every(({ synced }) => synced) ? 1 : 0))
  gauge('objects', 'Objects in the cache', (scopes) => scopes.reduce((sum, { objects }) => sum + objects, 0))
  gauge('silent_seconds', 'Seconds since the API server sent anything', (scopes) =>
    Math.max(...scopes.map(({ silentMs }) => (silentMs ?? 0) / 1000)),
  )
  const errors = metrics.counter(described('handler_errors_total', 'Event handlers and index functions that threw'))
  const relists = metrics.counter(described('relists_total', 'Complete reads after the first'))
  return {
    handlerFailed: (resource) => errors.inc({ resource }),
    relisted: (resource) => relists.inc({ resource }),
  }
}
