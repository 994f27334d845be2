import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkSignals } from '@csi-ts/concurrency'
import { keyOf, type ObjectRef, resources } from '@csi-ts/kube-api'
import { createKubeClient } from '@csi-ts/kube-client'
import type { Logger, WorkContext } from '@csi-ts/telemetry'
import { startEmbeddedCluster } from './api-server/embedded-cluster.ts'
import type { RequestRecording } from './api-server/request-recording.ts'
import { createClusterObjects } from './cluster-objects.ts'
import { componentArgs } from './component-args.ts'
import { type Command, freePort, startComponentProcess } from './component-process.ts'
import { driverBackend } from './driver-backend.ts'
import { startFaultProxy } from './fault-proxy/fault-proxy.ts'
import type { Cluster, ComponentName, RunningComponent } from './port.ts'
import { publishPath } from './stand-ins/pod-volumes.ts'
import { startStandIns } from './stand-ins/stand-ins.ts'
import { unmountBeneath } from './unmount-beneath.ts'

/** How an embedded cluster is set up. */
export interface EmbeddedKubernetesOptions {
  readonly log: Logger
  /** The program that is this component; its flags are added. */
  readonly command: (component: ComponentName) => Command
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The embedded API server, the stand-ins and one node, behind the {@link Cluster} port. */
export interface EmbeddedKubernetes extends Cluster, AsyncDisposable {
  /** Folder of everything that it keeps on disk; removed at the end. */
  readonly scratchDir: string
  /** What was asked of its API server so far. */
  readonly requests: RequestRecording
}

/**
 * Starts a cluster for scenarios: components run as processes, pods mount for real, containers do not run. Disposing it
 * ends every component and removes its folder.
 */
export async function startEmbeddedKubernetes(options: EmbeddedKubernetesOptions): Promise<EmbeddedKubernetes> {
  const stop = linkSignals()
  const ctx: WorkContext = { signal: stop.signal, log: options.log }
  const scratchDir = await mkdtemp(join(tmpdir(), 'csi-ts-cluster-'))
  const nodeName = 'node1'
  const rootDir = join(scratchDir, 'kubelet')
  const driverSocket = join(rootDir, 'plugins/driver/csi.sock')
  const stateDir = join(scratchDir, 'state')
  await mkdir(join(rootDir, 'plugins/driver'), { recursive: true })
  await mkdir(stateDir)

  const server = await startEmbeddedCluster({ log: options.log })
  const proxy = await startFaultProxy({ upstream: server.config, log: options.log })
  const kubeconfigs = { direct: join(scratchDir, 'kubeconfig'), proxied: join(scratchDir, 'kubeconfig-proxied') }
  await writeFile(kubeconfigs.direct, server.kubeconfig, { mode: 0o600 })
  await writeFile(kubeconfigs.proxied, proxy.kubeconfig, { mode: 0o600 })
  const client = createKubeClient({ config: server.config, userAgent: 'scenario' })
  const standIns = await startStandIns({ client, kubelet: { nodeName, rootDir } }, ctx)
  const running = new Set<RunningComponent>()
  const objects = createClusterObjects(client, ctx)

  /** Where a path inside a running pod lies on this host. */
  async function hostPath(ref: ObjectRef, path: string): Promise<string> {
    const pod = await client.resource(resources.pods).get(ref, ctx)
    const mount = pod.spec?.containers[0]?.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`))
    const claimName = pod.spec?.volumes?.find(({ name }) => name === mount?.name)?.persistentVolumeClaim?.claimName
    if (mount === undefined || claimName === undefined) throw new Error(`pod ${keyOf(ref)} mounts no claim at ${path}`)
    const claim = await client
      .resource(resources.persistentVolumeClaims)
      .get({ name: claimName, namespace: ref.namespace ?? '' }, ctx)
    return join(
      publishPath(rootDir, pod.metadata.uid ?? '', claim.spec?.volumeName ?? ''),
      path.slice(mount.mountPath.length),
    )
  }

  return {
    kind: 'embedded',
    client,
    nodeName,
    ctx,
    scratchDir,
    requests: server.requests,
    backend: driverBackend(driverSocket, ctx),
    ...objects,
    podUsing: (claim, { name, namespace, readOnly = false }) => ({
      metadata: { name, namespace },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'none', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim, readOnly } }],
      },
    }),
    writeFile: async (pod, path, text) => await writeFile(await hostPath(pod, path), text),
    readFile: async (pod, path) => await readFile(await hostPath(pod, path), 'utf8'),
    start: async (spec) => {
      const httpAddress = `127.0.0.1:${await freePort()}`
      const kubeconfig = spec.throughFaultProxy === true ? kubeconfigs.proxied : kubeconfigs.direct
      const places = {
        kubeconfig,
        driverSocket,
        nodeName,
        registrationDir: join(rootDir, 'plugins_registry'),
        stateDir,
        httpAddress,
      }
      const { program, args } = options.command(spec.component)
      const component = startComponentProcess(
        { program, args: [...args, ...componentArgs(spec.component, places), ...(spec.args ?? [])] },
        { name: spec.name ?? spec.component, httpUrl: `http://${httpAddress}`, env: options.env },
      )
      running.add(component)
      void component.exited.then(() => running.delete(component))
      return component
    },
    fault: (fault) => proxy.fault(fault),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...running].map((component) => component.stop()))
      stop.abort(new Error('the cluster is being closed'))
      await standIns.stopped.catch(() => undefined)
      await proxy.close()
      client.close()
      await server.close()
      // Pods of a scenario that failed are still mounted, and their volumes must not be removed through the mounts.
      await unmountBeneath(scratchDir, options.log)
      await rm(scratchDir, { recursive: true, force: true })
    },
  }
}
