import { writeFile } from 'node:fs/promises'
import { linkSignals } from '@csi-ts/concurrency'
import { createKubeClient, type KubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster, startStandIns } from '@csi-ts/kube-cluster'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Closers } from './closers.ts'

/** Where the cluster keeps what others need to find. */
export interface ClusterPlaces {
  readonly nodeName: string
  /** Folder of everything that this run keeps on disk. */
  readonly scratch: string
  /** Kubelet's `--root-dir`. */
  readonly rootDir: string
  /** Where the administrator's kubeconfig is written. */
  readonly kubeconfig: string
}

/** Starts the embedded API server, the control plane's stand-ins and one node. */
export async function startCluster(
  { nodeName, scratch, rootDir, kubeconfig }: ClusterPlaces,
  closers: Closers,
  ctx: WorkContext,
): Promise<{ readonly detail: string; readonly value: KubeClient }> {
  const server = await startEmbeddedCluster({ log: ctx.log })
  closers.add(() => server.close())
  await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 })
  const client = createKubeClient({ config: server.config, userAgent: 'quickstart' })
  closers.add(() => client.close())
  // The stand-ins outlive an interrupt: they are needed for the way back.
  const link = linkSignals()
  const standIns = await startStandIns(
    { client, kubelet: { nodeName, rootDir } },
    { log: ctx.log, signal: link.signal },
  )
  closers.add(async () => {
    link.abort(new Error('quickstart is over'))
    await standIns.stopped
  })
  return { detail: `${server.config.server}, files below ${scratch}`, value: client }
}
