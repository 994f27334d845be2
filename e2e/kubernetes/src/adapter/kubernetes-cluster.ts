import { createWriteStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createKubeClient, type DataSource, loadClusterConfig } from '@csi-ts/kube-client'
import { componentArgs, createClusterObjects, driverBackend, freePort, startFaultProxy } from '@csi-ts/kube-cluster'
import type { Cluster, ComponentSpec, RunningComponent } from '@csi-ts/kube-cluster/port'
import { createLogger, type WorkContext } from '@csi-ts/telemetry'
import { componentCommand } from '@csi-ts/tools/components'
import { type Daemon, describeExit, tailOf } from '../cluster/daemon.ts'
import { nodeName, pluginFolder, pluginRegistrationFolder, scratchFolder } from '../cluster/layout.ts'
import type { Processes } from '../cluster/processes.ts'
import type { RunningCluster } from '../cluster/start-cluster.ts'
import { type ApiEndpoint, grantAccess } from './component-access.ts'
import { componentRoles } from './component-roles.ts'
import { busyboxPod, createPodFiles } from './pods.ts'

/** What the adapter is made from. */
export interface KubernetesClusterOptions {
  readonly running: RunningCluster
  readonly processes: Processes
  /** Ends everything that waits. */
  readonly signal: AbortSignal
  /** Folder for logs. */
  readonly logs: string
}

/** How a component is doing, and its last lines. */
export interface ComponentTail {
  readonly name: string
  readonly text: string
}

/** The `Cluster` port over real Kubernetes, for one scenario. */
export interface KubernetesCluster extends AsyncDisposable {
  readonly cluster: Cluster
  /** The last lines of every component that the scenario has started; those that have ended come first. */
  tails(): ComponentTail[]
}

/** One driver at a time: its socket and its volumes are where every component is told to look. */
const driverSocket = join(pluginFolder('csi-ts'), 'csi.sock')
const driverState = join(scratchFolder, 'driver-state')

/** Adapts the running cluster; disposing ends the components that were started through it. */
export async function createKubernetesCluster(options: KubernetesClusterOptions): Promise<KubernetesCluster> {
  const { running, processes, signal, logs } = options
  const stream = createWriteStream(join(logs, 'scenarios.log'), { flags: 'a' })
  const log = createLogger({ format: 'text', verbosity: 2, write: (line) => stream.write(line) })
  const ctx: WorkContext = { signal, log }
  const { ca, kubeconfigs } = running.files
  const { admin } = kubeconfigs
  const config = await loadClusterConfig({ kubeconfig: admin, env: {} })
  const client = createKubeClient({ config, userAgent: 'scenario' })
  // Without credentials of its own: a certificate would win over the tokens that components bring.
  const proxy = await startFaultProxy({ upstream: { server: config.server, ca: config.ca }, log })
  const objects = createClusterObjects(client, ctx)
  const folder = dirname(admin)
  const direct: ApiEndpoint = { server: config.server, ca: await readFile(ca, 'utf8') }
  const proxied: ApiEndpoint = { server: proxy.config.server, ca: pemOf(proxy.config.ca) }
  await mkdir(dirname(driverSocket), { recursive: true })
  await mkdir(driverState, { recursive: true })
  const components: Daemon[] = []

  async function start(spec: ComponentSpec): Promise<RunningComponent> {
    const name = spec.name ?? spec.component
    const httpAddress = `127.0.0.1:${await freePort()}`
    const role = componentRoles[spec.component]
    const endpoint = spec.throughFaultProxy === true ? proxied : direct
    const places = {
      // A component without a role does not speak to the API server: it gets no credentials.
      kubeconfig: role === undefined ? '' : await grantAccess(role, endpoint, { client, objects, folder }, ctx),
      driverSocket,
      nodeName,
      registrationDir: pluginRegistrationFolder,
      stateDir: driverState,
      httpAddress,
    }
    const { program, args } = componentCommand(spec.component)
    const flags = [...componentArgs(spec.component, places), ...(spec.args ?? [])]
    const daemon = await processes.start({ name, command: program, args: [...args, ...flags] })
    components.push(daemon)
    return {
      name,
      pid: daemon.pid,
      httpUrl: `http://${httpAddress}`,
      exited: daemon.exited,
      stop: () => daemon.stop('SIGTERM'),
      kill: () => daemon.stop('SIGKILL'),
      output: () => daemon.output(),
    }
  }

  const cluster: Cluster = {
    kind: 'kubernetes',
    client,
    nodeName,
    ctx,
    backend: driverBackend(driverSocket, ctx),
    ...objects,
    ...createPodFiles(running.kubectl),
    podUsing: (claim, pod) => busyboxPod(claim, pod),
    start,
    fault: (fault) => proxy.fault(fault),
  }
  return {
    cluster,
    tails() {
      return components.toSorted((a, b) => Number(isRunning(a)) - Number(isRunning(b))).map(describeComponent)
    },
    async [Symbol.asyncDispose]() {
      for (const daemon of components.toReversed()) if (isRunning(daemon)) await daemon.stop()
      await proxy.close()
      client.close()
      await new Promise((resolve) => stream.end(resolve))
    },
  }
}

/** The certificate of a proxy of ours, which is at hand and in no file. */
function pemOf(source: DataSource | undefined): string {
  if (source === undefined || !('data' in source)) throw new Error('the fault proxy names no certificate authority')
  return source.data
}

function isRunning(daemon: Daemon): boolean {
  return daemon.status() === undefined
}

function describeComponent(daemon: Daemon): ComponentTail {
  const status = daemon.status()
  const state = status === undefined ? 'running' : describeExit(status)
  return { name: daemon.name, text: `--- ${daemon.name} (${state})\n${tailOf(daemon.output(), 15)}` }
}
