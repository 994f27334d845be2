import { packageVersion, runMain } from '@csi-ts/process'
import { createMetrics } from '@csi-ts/telemetry'
import { flags } from './flags.ts'
import { createRegistrar } from './sidecar.ts'

await runMain({
  name: 'csi-node-driver-registrar',
  version: packageVersion(import.meta.url),
  summary: 'Registers a CSI driver with kubelet.',
  flags,
  start: (options, ctx) => createRegistrar({ metrics: createMetrics(), ...ctx }, options).run(ctx),
})
