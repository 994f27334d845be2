import type { AllowedDifference } from './trace.ts'

/** What may differ between the two clusters. Every line needs a reason that is not a fault of the embedded server. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    line: 'csi-provisioner: create events',
    scenarios: ['crash-before-volume-write', 'crash-then-claim-deleted'],
    reason: 'events are written beside the work: the kill comes before or after that of the call that it interrupts',
  },
]
