import type { MetricsRegistry } from '@csi-ts/telemetry'

/** What an elector reports. */
export interface ElectionMetrics {
  leading(leads: boolean): void
  /** A renewal needed a read before its write. */
  slowPath(): void
}

/**
 * Measures an election: client-go's two families, whose `name` label is empty as in upstream's sidecars, and `csi_leader` and
 * `csi_leader_transitions_total` which name the lease.
 */
export function createElectionMetrics(metrics: MetricsRegistry | undefined, lease: string): ElectionMetrics {
  if (metrics === undefined) return { leading: () => undefined, slowPath: () => undefined }
  const upstream = { labelNames: ['name'] }
  const ours = { labelNames: ['lease'] }
  const status = metrics.gauge({
    ...upstream,
    name: 'leader_election_master_status',
    help: '[ALPHA] 1 while this process leads',
  })
  const slow = metrics.counter({
    ...upstream,
    name: 'leader_election_slowpath_total',
    help: '[ALPHA] Renewals that had to read the lease first',
  })
  const leader = metrics.gauge({ ...ours, name: 'csi_leader', help: '1 while this process holds the lease' })
  const transitions = metrics.counter({
    ...ours,
    name: 'csi_leader_transitions_total',
    help: 'How often this process became leader',
  })
  status.set(0, { name: '' })
  leader.set(0, { lease })
  return {
    leading(leads) {
      status.set(leads ? 1 : 0, { name: '' })
      leader.set(leads ? 1 : 0, { lease })
      if (leads) transitions.inc({ lease })
    },
    slowPath: () => slow.inc({ name: '' }),
  }
}
