import { packageVersion, runMain } from '@csi-ts/process'
import { createMetrics } from '@csi-ts/telemetry'
import { flags } from './flags.ts'
import { createLivenessprobe } from './sidecar.ts'

await runMain({
  name: 'livenessprobe',
  version: packageVersion(import.meta.url),
  summary: 'Answers the health of a CSI driver over HTTP, for kubelet.',
  flags,
  start: (options, ctx) => createLivenessprobe({ metrics: createMetrics(), ...ctx }, options).run(ctx),
})
