import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import {
  type Command,
  componentArgs,
  driverBackend,
  type FaultProxy,
  freePort,
  startComponentProcess,
  startEmbeddedCluster,
  startFaultProxy,
  startStandIns,
} from '@csi-ts/kube-cluster'
import type { Backend, ComponentName, RunningComponent } from '@csi-ts/kube-cluster/port'
import type { WorkContext } from '@csi-ts/telemetry'
import { soakClass, soakDriver, soakNamespace } from './soak-objects.ts'
import { type Observer, startObserver } from './start-observer.ts'

/** What is soaked: an embedded API server, a fault proxy in front of it, and behind that the observer and the provisioner. */
export interface SoakGround extends AsyncDisposable {
  /** Straight to the API server. */
  readonly client: KubeClient
  readonly proxy: FaultProxy
  readonly observer: Observer
  readonly provisioner: RunningComponent
  readonly driver: RunningComponent
  readonly backend: Backend
}

/** How {@link startSoakGround} starts components. */
export interface SoakGroundOptions {
  /** The program that is this component; its flags are added. */
  readonly command: (component: ComponentName) => Command
  /** Environment of the components. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder for their logs. */
  readonly logs: string
}

/** Starts it all. Disposing ends every process and removes its files. */
export async function startSoakGround(
  { command, env, logs }: SoakGroundOptions,
  ctx: WorkContext,
): Promise<SoakGround> {
  const cleanups: (() => Promise<unknown> | undefined)[] = []
  const end = async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'csi-ts-soak-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const driverSocket = join(folder, 'csi.sock')
    const server = await startEmbeddedCluster({ log: ctx.log })
    cleanups.push(() => server.close())
    const client = server.client('soak-churn')
    const standInsEnd = new AbortController()
    const rootDir = join(folder, 'kubelet')
    await mkdir(rootDir)
    const standIns = await startStandIns(
      { client: server.client('stand-ins'), kubelet: { nodeName: 'node1', rootDir } },
      { ...ctx, signal: AbortSignal.any([ctx.signal, standInsEnd.signal]) },
    )
    cleanups.push(() => {
      standInsEnd.abort(new Error('the soak is over'))
      return standIns.stopped.catch(() => undefined)
    })
    const proxy = await startFaultProxy({ upstream: server.config, log: ctx.log })
    cleanups.push(() => proxy.close())
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, proxy.kubeconfig, { mode: 0o600 })
    await client.resource(resources.namespaces).create({ metadata: { name: soakNamespace } }, ctx)
    await client
      .resource(resources.storageClasses)
      .create({ metadata: { name: soakClass }, provisioner: soakDriver }, ctx)

    const start = async (component: ComponentName, flags: readonly string[]): Promise<RunningComponent> => {
      const httpAddress = `127.0.0.1:${await freePort()}`
      const places = {
        kubeconfig,
        driverSocket,
        nodeName: 'node1',
        registrationDir: folder,
        stateDir: folder,
        httpAddress,
      }
      const { program, args } = command(component)
      const log = createWriteStream(join(logs, `${component}.log`))
      const running = startComponentProcess(
        { program, args: [...args, ...componentArgs(component, places), ...flags] },
        { name: component, httpUrl: `http://${httpAddress}`, env, onOutput: (text) => log.write(text) },
      )
      cleanups.push(async () => {
        await running.stop()
        await new Promise((resolve) => log.end(resolve))
      })
      return running
    }
    const driver = await start('mock-driver', [`--drivername=${soakDriver}`, '--v=1'])
    // Failures are many: waiting minutes between two tries would only make the soak longer.
    const retries = ['--retry-interval-start=200ms', '--retry-interval-max=3s', '--v=4']
    const provisioner = await start('external-provisioner', retries)
    const observer = await startObserver(proxy.config)
    cleanups.push(() => observer.stop())
    const backend = driverBackend(driverSocket, ctx)
    return { client, proxy, observer, provisioner, driver, backend, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}
