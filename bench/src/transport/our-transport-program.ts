// GETs of one volume through our client. Arguments: transport, cluster configuration as JSON, workers, milliseconds.
import process from 'node:process'
import { resources } from '@csi-ts/kube-api'
import {
  type ClusterConfig,
  createHttp2Transport,
  createHttpTransport,
  createKubeClient,
  type Transport,
} from '@csi-ts/kube-client'
import { silentLogger } from '@csi-ts/telemetry'
import { runLoad } from './load.ts'

/** The transports by name; another one is another line here and in the bench's list. */
const transports: Readonly<Record<string, (config: ClusterConfig) => Transport>> = {
  'http1-4': (config) => createHttpTransport(config),
  http2: (config) => createHttp2Transport(config),
  'http1-16': (config) => createHttpTransport(config, { maxConnections: 16 }),
}

const [name = '', json = '{}', workers, durationMs] = process.argv.slice(2)
const config = JSON.parse(json) as ClusterConfig
const transport = transports[name]?.(config)
if (transport === undefined) throw new Error(`no transport ${name}; there are ${Object.keys(transports).join(', ')}`)
const client = createKubeClient({ config, userAgent: 'bench', transport })
const volumes = client.resource(resources.persistentVolumes)
const ctx = { signal: new AbortController().signal, log: silentLogger }
await runLoad(Number(workers), Number(durationMs), () => volumes.get({ name: 'one' }, ctx))
client.close()
