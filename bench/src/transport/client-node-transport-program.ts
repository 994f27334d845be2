// GETs of one volume through the official client. Arguments: path of a kubeconfig, workers, milliseconds.
import process from 'node:process'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { runLoad } from './load.ts'

const [kubeconfig = '', workers, durationMs] = process.argv.slice(2)
const config = new KubeConfig()
config.loadFromFile(kubeconfig)
const api = config.makeApiClient(CoreV1Api)
await runLoad(Number(workers), Number(durationMs), () => api.readPersistentVolume({ name: 'one' }))
// It keeps its connections, and with them the process.
process.exit()
