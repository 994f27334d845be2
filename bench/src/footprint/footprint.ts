import { join } from 'node:path'
import { sleep } from '@csi-ts/concurrency'
import { resources } from '@csi-ts/kube-api'
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '@csi-ts/kube-cluster'
import type { ComponentName, RunningComponent } from '@csi-ts/kube-cluster/port'
import { silentLogger } from '@csi-ts/telemetry'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommand, componentCommands } from '@csi-ts/tools/components'
import { bundleProgram } from '../process/bench-program.ts'
import { cpuSeconds, processMemory } from '../process/process-figures.ts'
import { type Bench, benchResult, type Figures, type Target } from '../result.ts'
import { median } from '../statistics.ts'

/** How long components are left alone before their memory is read: caches have settled, the first lease renewals are over. */
const idleMs = 10_000
/** How often everything is started; figures are medians. */
const rounds = 5
const lease = { name: 'hostpath-csi-k8s-io', namespace: 'default' }

interface Measured {
  readonly component: ComponentName
  /** Folder of its sources below `packages/`. */
  readonly folder: string
  readonly args: readonly string[]
  /** When it counts as started: it leads, its HTTP server says that it is well, or its log that it serves. */
  readonly readyWhen: 'leads' | 'healthy' | 'serves'
  readonly limits:
    | { readonly residentMb: number; readonly anonymousMb: number; readonly readySeconds: number }
    | undefined
}

const sidecarLimits = { residentMb: 75, anonymousMb: 28, readySeconds: 0.25 }

/** In the order in which they are started: all others need the driver. */
const measured: readonly Measured[] = [
  { component: 'driver-hostpath', folder: 'drivers/hostpath', args: [], readyWhen: 'serves', limits: undefined },
  {
    component: 'external-provisioner',
    folder: 'sidecars/external-provisioner',
    args: ['--leader-election'],
    readyWhen: 'leads',
    limits: sidecarLimits,
  },
  {
    component: 'node-driver-registrar',
    folder: 'sidecars/node-driver-registrar',
    args: [],
    readyWhen: 'healthy',
    limits: sidecarLimits,
  },
  {
    component: 'livenessprobe',
    folder: 'sidecars/livenessprobe',
    args: [],
    readyWhen: 'healthy',
    limits: sidecarLimits,
  },
]

/** Bundle size, idle memory and time to readiness of each program, on the embedded cluster. */
export const footprint: Bench = {
  name: 'footprint',
  title: 'bundle size, idle memory and start-up time of each sidecar',
  async run(progress) {
    progress('bundling')
    const bundles = await bundleCommands(measured.map(({ component }) => componentCommands[component]))
    const figures: Record<string, number> = {}
    const samples = new Samples()
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`)
      await measureOnce(samples)
    }
    for (const { component } of measured) {
      const bundle = bundles.find(({ command }) => command === componentCommands[component])
      figures[`${component} bundle kB`] = Math.round((bundle?.sizeBytes ?? Number.NaN) / 1000)
      Object.assign(figures, samples.medians(component))
    }
    const targets = measured.flatMap(({ component, limits }) =>
      limits === undefined ? [] : toTargets(component, limits),
    )
    return { ...benchResult('footprint', figures, targets), notes: await whereTheBytesAre(progress) }
  },
}

/** Values of one figure over the rounds. */
class Samples {
  readonly #values = new Map<string, number[]>()

  add(figure: string, value: number): void {
    const values = this.#values.get(figure)
    if (values === undefined) this.#values.set(figure, [value])
    else values.push(value)
  }

  /** The medians of the figures of one component. */
  medians(component: string): Figures {
    const own = [...this.#values].filter(([figure]) => figure.startsWith(`${component} `))
    return Object.fromEntries(own.map(([figure, values]) => [figure, median(values)]))
  }
}

/** Starts every component on a cluster of its own, one after the other, and reads their memory when all have been idle. */
async function measureOnce(samples: Samples): Promise<void> {
  await using cluster = await startEmbeddedKubernetes({
    log: silentLogger,
    command: componentCommand,
    env: process.env,
  })
  const running: { readonly component: string; readonly pid: number }[] = []
  for (const { component, args, readyWhen } of measured) {
    const beganMs = performance.now()
    const started = await cluster.start({ component, args })
    await ready(cluster, started, readyWhen)
    samples.add(`${component} ready s`, (performance.now() - beganMs) / 1000)
    samples.add(`${component} CPU until ready s`, await cpuSeconds(started.pid))
    running.push({ component, pid: started.pid })
  }
  await sleep(idleMs, {})
  for (const { component, pid } of running) {
    const { residentMb, anonymousMb } = await processMemory(pid)
    samples.add(`${component} resident MB`, residentMb)
    samples.add(`${component} anonymous MB`, anonymousMb)
  }
}

async function ready(
  cluster: EmbeddedKubernetes,
  component: RunningComponent,
  readyWhen: Measured['readyWhen'],
): Promise<void> {
  switch (readyWhen) {
    case 'leads':
      await cluster.waitFor(resources.leases, lease, 'a holder', ({ spec }) => (spec?.holderIdentity ?? '') !== '')
      return
    case 'healthy':
      return poll(component, () => isHealthy(component))
    case 'serves':
      return poll(component, () => Promise.resolve(component.output().includes('"serving"')))
  }
}

/** Asks every few milliseconds: from outside nothing tells when a server begins to listen. */
async function poll(component: RunningComponent, answers: () => Promise<boolean>): Promise<void> {
  let isOver = false
  void component.exited.then(() => (isOver = true))
  while (!(await answers().catch(() => false))) {
    if (isOver) throw new Error(`${component.name} has ended:\n${component.output().slice(-2000)}`)
    await sleep(2, {})
  }
}

async function isHealthy({ httpUrl }: RunningComponent): Promise<boolean> {
  const answer = await fetch(`${httpUrl}/healthz`)
  await answer.body?.cancel()
  return answer.ok
}

function toTargets(component: string, limits: NonNullable<Measured['limits']>): Target[] {
  return [
    { figure: `${component} bundle kB`, limit: 900 },
    { figure: `${component} ready s`, limit: limits.readySeconds },
    { figure: `${component} resident MB`, limit: limits.residentMb },
    { figure: `${component} anonymous MB`, limit: limits.anonymousMb },
  ]
}

/** One line per program: which packages its bundle consists of. */
async function whereTheBytesAre(progress: (text: string) => void): Promise<string[]> {
  progress('weighing the bundles')
  const lines: string[] = []
  for (const { component, folder } of measured) {
    const source = join(import.meta.dirname, '../../../packages', folder, 'src/main.ts')
    const { bytesByPackage } = await bundleProgram(`weigh-${component}`, source)
    const largest = bytesByPackage.slice(0, 8).map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)}`)
    lines.push(`${component} bundle, kB by package: ${largest.join(', ')}`)
  }
  return lines
}
