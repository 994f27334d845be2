import type { MetricsRegistry } from '@csi-ts/telemetry'

/** How one reconciliation ended. */
export type ReconcileOutcome = 'success' | 'requeue_after' | 'error' | 'panic' | 'terminal_error' | 'cancelled'

/** What a controller reports while it works. */
export interface ControllerMetrics {
  started(): void
  finished(outcome: ReconcileOutcome, seconds: number): void
}

/** Measures a controller under the names that controller-runtime made common. Without a registry nothing is measured. */
export function createControllerMetrics(
  metrics: MetricsRegistry | undefined,
  { name, workers }: { readonly name: string; readonly workers: number },
): ControllerMetrics {
  if (metrics === undefined) return { started: () => undefined, finished: () => undefined }
  const labels = { controller: name }
  const described = (family: string, help: string, ...more: readonly string[]) => ({
    name: `controller_runtime_${family}`,
    help,
    labelNames: ['controller', ...more],
  })
  metrics.gauge(described('max_concurrent_reconciles', 'Workers of the controller')).set(workers, labels)
  const active = metrics.gauge(described('active_workers', 'Workers that are busy'))
  active.set(0, labels)
  const total = metrics.counter(described('reconcile_total', 'Reconciliations by how they ended', 'result'))
  const time = metrics.histogram({
    ...described('reconcile_time_seconds', 'Seconds that a reconciliation takes'),
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  })
  return {
    started: () => active.inc(labels),
    finished(outcome, seconds) {
      active.dec(labels)
      total.inc({ ...labels, result: outcome })
      time.observe(seconds, labels)
    },
  }
}
