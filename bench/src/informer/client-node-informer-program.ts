// The official client's informer on volumes, used as its documentation says. Argument: path of a kubeconfig.
import process from 'node:process'
import { CoreV1Api, KubeConfig, makeInformer, type V1PersistentVolume } from '@kubernetes/client-node'
import { createContenderReport } from './contender-report.ts'

const report = createContenderReport()
const kubeConfig = new KubeConfig()
kubeConfig.loadFromFile(process.argv[2] ?? '')
const api = kubeConfig.makeApiClient(CoreV1Api)
const informer = makeInformer<V1PersistentVolume>(kubeConfig, '/api/v1/persistentvolumes', () =>
  api.listPersistentVolume(),
)
informer.on('update', () => report.changed())
informer.on('error', (error) => {
  process.stderr.write(`the informer has failed: ${String(error)}\n`)
  process.exitCode = 1
})
// Resolves when the list is in the cache; the watch follows.
await informer.start()
report.synced(informer.list().length)
