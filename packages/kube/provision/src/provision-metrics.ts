import type { MetricsRegistry } from '@csi-ts/telemetry'
import type { ClaimView, VolumeView } from './provisioner.ts'

/** How an operation ended, for its metrics. */
export type OperationResult = 'succeeded' | 'failed'

/** The metrics of provisioning and deleting. */
export interface ProvisionMetrics {
  /** One attempt for a claim. The duration is of the last attempt only, as upstream has it. */
  provisioned(claim: ClaimView, result: OperationResult, durationMs: number): void
  /** One attempt to delete a volume. */
  deleted(volume: VolumeView, result: OperationResult, durationMs: number): void
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Registers upstream's families: names, labels and buckets are the same. */
export function createProvisionMetrics(metrics: MetricsRegistry): ProvisionMetrics {
  const claimLabels = ['class', 'source']
  const provisionTotal = metrics.counter({
    name: 'controller_persistentvolumeclaim_provision_total',
    help: 'Volumes provisioned, by class and data source.',
    labelNames: claimLabels,
  })
  const provisionFailed = metrics.counter({
    name: 'controller_persistentvolumeclaim_provision_failed_total',
    help: 'Failed attempts to provision a volume, by class and data source.',
    labelNames: claimLabels,
  })
  const provisionDuration = metrics.histogram({
    name: 'controller_persistentvolumeclaim_provision_duration_seconds',
    help: 'Seconds that a successful attempt to provision a volume took, by class and data source.',
    labelNames: claimLabels,
    buckets,
  })
  const deleteTotal = metrics.counter({
    name: 'controller_persistentvolume_delete_total',
    help: 'Volumes deleted, by class.',
    labelNames: ['class'],
  })
  const deleteFailed = metrics.counter({
    name: 'controller_persistentvolume_delete_failed_total',
    help: 'Failed attempts to delete a volume, by class.',
    labelNames: ['class'],
  })
  const deleteDuration = metrics.histogram({
    name: 'controller_persistentvolume_delete_duration_seconds',
    help: 'Seconds that a successful attempt to delete a volume took, by class.',
    labelNames: ['class'],
    buckets,
  })
  return {
    provisioned(claim, result, durationMs) {
      const labels = { class: claim.spec.storageClassName ?? '', source: claim.spec.dataSource?.kind ?? '' }
      if (result === 'failed') return provisionFailed.inc(labels)
      provisionTotal.inc(labels)
      provisionDuration.observe(durationMs / 1000, labels)
    },
    deleted(volume, result, durationMs) {
      const labels = { class: volume.spec.storageClassName ?? '' }
      if (result === 'failed') return deleteFailed.inc(labels)
      deleteTotal.inc(labels)
      deleteDuration.observe(durationMs / 1000, labels)
    },
  }
}
