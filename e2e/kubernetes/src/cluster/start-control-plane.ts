import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@csi-ts/kube-cluster'
import type { BinaryPaths } from '../binaries/ensure-binaries.ts'
import { createCertificates } from './certificates.ts'
import { writeClusterFiles } from './cluster-files.ts'
import { compact } from './compact.ts'
import { startApiServer, startEtcd } from './control-plane.ts'
import { createProcesses } from './processes.ts'

/** What {@link startControlPlane} needs. */
export interface ControlPlaneOptions {
  /** Must have etcd and kube-apiserver. */
  readonly binaries: BinaryPaths
  /** Folder for logs. */
  readonly logs: string
  /** The PATH of the processes. */
  readonly path: string
  readonly signal: AbortSignal
}

/** A real API server with its etcd, alone: no controllers, no scheduler, no nodes. */
export interface ControlPlane extends AsyncDisposable {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Makes every resource version so far too old, as five minutes and a restart of the API server do. */
  forgetHistory(): Promise<void>
  /** Fires when a process has ended by itself, or the caller's signal has fired. */
  readonly signal: AbortSignal
}

/**
 * Starts the smallest real control plane, on free loopback ports of this machine: needs neither root nor namespaces.
 * Disposing ends it and removes its files; its processes die with this one, however that ends.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  // Below the logs, which later runs delete: a run that is killed leaves its files there.
  const folder = await mkdtemp(join(options.logs, 'control-plane-'))
  const env = { PATH: options.path, HOME: folder, TMPDIR: folder }
  const processes = createProcesses({ logFolder: options.logs, env, dieWithParent: true })
  const signal = AbortSignal.any([options.signal, processes.broken])
  const end = async () => {
    await processes.stopAll()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [etcdPort, securePort] = [await freePort(), await freePort()]
    const [etcdUrl, url] = [`http://127.0.0.1:${etcdPort}`, `https://127.0.0.1:${securePort}`]
    const certificates = await createCertificates('node1', ['localhost', 'kubernetes.default.svc', '127.0.0.1'])
    const files = await writeClusterFiles(join(folder, 'files'), certificates, url)
    const address = { bindAddress: '127.0.0.1', advertiseAddress: '127.0.0.1' }
    const ctx = { binaries: options.binaries, processes, certificates, files, signal }
    const places = { etcdUrl, url, ...address, securePort, folder }
    // Nobody makes the default service account that this plugin would wait for.
    const flags = { 'disable-admission-plugins': 'ServiceAccount' }
    await startEtcd(ctx, places)
    let apiServer = await startApiServer(ctx, places, flags)
    return {
      kubeconfig: files.kubeconfigs.admin,
      signal,
      async forgetHistory() {
        await compact(etcdUrl)
        // Its watch cache still has what etcd has forgotten.
        await apiServer.stop()
        apiServer = await startApiServer(ctx, places, flags)
      },
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
