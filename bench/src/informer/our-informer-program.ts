// Our informers with the provisioner's needs. Arguments: cluster configuration as JSON, `pages` or `stream`.
import process from 'node:process'
import { provisionerNeeds } from '@csi-ts/external-provisioner'
import { resources } from '@csi-ts/kube-api'
import { type ClusterConfig, createKubeClient } from '@csi-ts/kube-client'
import { createInformers } from '@csi-ts/kube-controller'
import { silentLogger } from '@csi-ts/telemetry'
import { createContenderReport } from './contender-report.ts'

const [config = '{}', listing] = process.argv.slice(2)
const report = createContenderReport()
const ctx = { signal: new AbortController().signal, log: silentLogger }
const client = createKubeClient({ config: JSON.parse(config) as ClusterConfig, userAgent: 'bench' })
const informers = createInformers({ client, streamInitialList: listing === 'stream' })
informers.register(provisionerNeeds({ attaches: false }))
const volumes = informers.informer(resources.persistentVolumes)
volumes.addHandler({ update: () => report.changed() })
informers.start(ctx)
await informers.synced(ctx)
report.synced(volumes.lister.size)
