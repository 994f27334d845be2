import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, untilAborted } from '@csi-ts/concurrency'
import { type ServingDriver, serveCsi } from '@csi-ts/driver-sdk'
import { resources } from '@csi-ts/kube-api'
import { type EmbeddedApiServer, startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { createMockDriver, type MockDriver } from '@csi-ts/mock-driver'
import { type ExitReason, flag, parseFlags } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import { commonFlags } from '../common-flags.ts'
import { runSidecar } from '../run-sidecar.ts'
import type { SidecarDeps, SidecarModule } from '../sidecar.ts'

/** Options of the test's sidecar. */
export interface TestOptions {
  readonly timeoutMs: number
}

/** A run of the sidecar, from start to end. */
export interface SidecarRun {
  /** Resolves when it works: caches filled, and leading if there is an election. */
  readonly working: Promise<SidecarDeps>
  readonly ended: Promise<ExitReason>
  readonly lines: readonly RecordedLine[]
  stop(): void
}

/** An API server, a driver on a real socket, and a sidecar to run between them. */
export interface SidecarWorld extends AsyncDisposable {
  readonly api: EmbeddedApiServer
  readonly driver: MockDriver
  readonly serving: ServingDriver
  readonly folder: string
  /** Runs a sidecar with these flags besides those that say where everything is. */
  readonly run: (argv?: readonly string[], change?: Partial<SidecarModule<TestOptions>>) => SidecarRun
}

/** Starts API server and driver. */
export async function startSidecarWorld(options: { readonly driverName?: string } = {}): Promise<SidecarWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'sidecar-kit-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const endpoint = `unix://${folder}/csi.sock`
  const api = await startEmbeddedCluster()
  await writeFile(kubeconfig, api.kubeconfig)
  const driver = createMockDriver(options.driverName === undefined ? {} : { name: options.driverName })
  const stopDriver = new AbortController()
  const serving = await serveCsi(driver.driver, { endpoint, log: silentLogger, signal: stopDriver.signal })
  const runs: SidecarRun[] = []

  const run: SidecarWorld['run'] = (argv = [], change = {}) => {
    const stop = new AbortController()
    const { log, lines } = createLogRecorder()
    const working = Promise.withResolvers<SidecarDeps>()
    const module: SidecarModule<TestOptions> = { ...testModule((deps) => working.resolve(deps)), ...change }
    const places = [`--kubeconfig=${kubeconfig}`, `--csi-address=${endpoint}`]
    const { values, changed } = parseFlags({ ...module.flags, ...commonFlags }, [...places, ...argv])
    const ended = runSidecar(module, values, {
      signal: stop.signal,
      log,
      clock: systemClock,
      env: { POD_NAMESPACE: 'kube-system' },
      hostname: 'host-1',
      startTimeMs: Date.now(),
      changedFlags: changed,
    })
    const started = { working: working.promise, ended, lines, stop: () => stop.abort(new Error('told to stop')) }
    runs.push(started)
    return started
  }
  return {
    api,
    driver,
    serving,
    folder,
    run,
    [Symbol.asyncDispose]: async () => {
      for (const started of runs) started.stop()
      await Promise.allSettled(runs.map(({ ended }) => ended))
      await serving.close()
      await api.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Watches volumes, and works until told to stop. */
function testModule(onWork: (deps: SidecarDeps) => void): SidecarModule<TestOptions> {
  return {
    name: 'csi-test',
    version: '1.2.3',
    flags: { timeoutMs: flag.duration({ name: 'timeout', default: 5000, help: 'Deadline of a call.' }) },
    needs: () => [{ resource: resources.persistentVolumes, verbs: ['list', 'watch'], fields: [] }],
    create: (deps) => ({
      name: 'test',
      run: async ({ signal }) => {
        onWork(deps)
        await untilAborted(signal)
        return { kind: 'finished' }
      },
    }),
    leaseName: (driver) => `external-test-leader-${driver}`,
    callTimeoutMs: ({ timeoutMs }) => timeoutMs,
  }
}
