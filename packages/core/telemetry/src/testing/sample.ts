import { createLogger, createMetrics, Secret } from '@csi-ts/telemetry'

const log = createLogger({ format: 'text', verbosity: 4, write: (line) => process.stderr.write(line) })
log.with({ driver: 'nfs.csi.k8s.io' }).info('volume created', { volume: 'pvc-1', sizeBytes: 1_073_741_824n })
log.v(5).info('not written')
log.error('call failed', new Error('no answer'), { login: new Secret('admin:hunter2') })

const metrics = createMetrics()
const calls = metrics.counter({ name: 'calls_total', help: 'Calls by method.', labelNames: ['method'] })
calls.inc({ method: 'Probe' })
const { body } = await metrics.expose()
process.stdout.write(body)
