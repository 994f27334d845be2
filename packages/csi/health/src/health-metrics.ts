import { type Clock, systemClock } from '@csi-ts/concurrency'
import type { MetricsRegistry } from '@csi-ts/telemetry'
import type { HealthOutcome } from './health-check.ts'

/** Told how each check ended. */
export interface HealthMetrics {
  observe(outcome: HealthOutcome): void
}

/**
 * Counts checks by outcome, connects that failed included, which the call durations cannot show, and remembers the last success.
 * These families are ours; upstream has none like them.
 */
export function createHealthMetrics(metrics: MetricsRegistry, clock: Clock = systemClock): HealthMetrics {
  const checks = metrics.counter({
    name: 'csi_health_checks_total',
    help: 'Health checks of the CSI driver by outcome: healthy, not-ready, no-connection, probe-failed.',
    labelNames: ['outcome'],
  })
  const lastSuccess = metrics.gauge({
    name: 'csi_health_last_success_timestamp_seconds',
    help: 'When the CSI driver was last found healthy, in seconds since the Unix epoch; 0 means never.',
  })
  return {
    observe: (outcome) => {
      checks.inc({ outcome })
      if (outcome === 'healthy') lastSuccess.set(clock.now() / 1000)
    },
  }
}
