import { serveRegistration } from '@csi-ts/node-registration'
import { createLogger } from '@csi-ts/telemetry'

const [, , registrationDir = '/registration'] = process.argv
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

const registration = await serveRegistration({
  driverName: 'nfs.csi.k8s.io',
  endpoint: '/var/lib/kubelet/plugins/nfs.csi.k8s.io/csi.sock', // as kubelet sees it
  registrationDir, // /var/lib/kubelet/plugins_registry, as this process sees it
  log: createLogger({ format: 'text', verbosity: 0, write: (line) => process.stderr.write(line) }),
  onRefused: (error) => {
    process.stderr.write(`kubelet refused: ${error}\n`)
    stop.abort()
  },
  signal: stop.signal,
})
process.stdout.write(`${registration.socketPath}\n`)
