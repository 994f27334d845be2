import { createHealthCheck, serveHealth } from '@csi-ts/csi-health'
import { createHttpEndpoints } from '@csi-ts/process'
import { createLogger } from '@csi-ts/telemetry'

const [, , csiAddress = '/csi/csi.sock', httpEndpoint = ':9808'] = process.argv
const log = createLogger({ format: 'text', verbosity: 0, write: (line) => process.stderr.write(line) })
const endpoints = createHttpEndpoints({ log })
serveHealth(endpoints, { health: createHealthCheck({ address: csiAddress, probeTimeoutMs: 3_000, log }) })
log.info('serving health', await endpoints.listen(httpEndpoint))
