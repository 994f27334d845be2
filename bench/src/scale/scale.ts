import { sleep } from '@csi-ts/concurrency'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommand, componentCommands } from '@csi-ts/tools/components'
import { type MeasuredProcess, startMeasured } from '../process/measured-process.ts'
import { cpuSeconds, peakResidentMb, processMemory } from '../process/process-figures.ts'
import { type Bench, benchResult } from '../result.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../statistics.ts'
import { startDriver } from '../upstream/driver.ts'
import { type UpstreamBinary, upstreamProvisioner } from '../upstream/upstream-binary.ts'
import { startFilledCluster } from './filled-cluster.ts'

const volumes = 10_000
const rounds = 3
/** After the last cache is filled: what was only needed for that has been given back, as far as it will be. */
const restMs = 10_000

interface ScaleRun {
  /** From exec to the last cache filled. */
  readonly syncSeconds: number
  readonly syncCpuSeconds: number
  readonly peakMb: number
  readonly residentMb: number
  readonly anonymousMb: number
}

/** One whole sidecar in a cluster with 10,000 bound claims: ours and upstream's. */
export const scale: Bench = {
  name: 'scale',
  title: 'external-provisioner with 10,000 volumes and claims cached: time and memory; beside the Go original',
  async run(progress) {
    progress('bundling')
    await bundleCommands([componentCommands['external-provisioner']])
    const upstream = await upstreamProvisioner(progress)
    progress(`creating ${volumes} volumes and claims`)
    await using cluster = await startFilledCluster(volumes)
    await using driver = await startDriver(cluster.scratchDir)
    const flags = [`--kubeconfig=${cluster.kubeconfig}`, `--csi-address=${driver.socket}`, '--v=2']
    const measures = contenders(upstream).map((contender) => [contender.name, () => measure(contender, flags)] as const)
    const runs = await inRounds(rounds, Object.fromEntries(measures), progress)
    const figures = Object.fromEntries(Object.entries(runs).flatMap(([name, own]) => figuresOf(name, own)))
    const targets = [
      { figure: 'ours: last cache filled s', limit: 2 },
      { figure: 'ours: peak MB', limit: 110 },
    ]
    return {
      ...benchResult('scale', figures, targets),
      notes: [
        upstream === undefined
          ? 'no Go, so no upstream sidecar beside ours'
          : `upstream is external-provisioner ${upstream.version}; both talk to the embedded API server, which answers JSON only`,
      ],
    }
  },
}

interface Contender {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Tells of one filled cache by its log line; undefined for other lines. */
  readonly filled: (line: string) => string | undefined
}

function contenders(upstream: UpstreamBinary | undefined): readonly Contender[] {
  const ours: Contender = {
    name: 'ours',
    ...componentCommand('external-provisioner'),
    filled: (line) => /"listed" .*resource="(\w+)"/.exec(line)?.[1],
  }
  if (upstream === undefined) return [ours]
  return [
    ours,
    {
      name: 'upstream',
      program: upstream.path,
      args: [],
      filled: (line) => /Caches populated" type="\*v1\.(\w+)"/.exec(line)?.[1],
    },
  ]
}

async function measure({ program, args, filled }: Contender, flags: readonly string[]): Promise<ScaleRun> {
  await using sidecar = startMeasured(program, [...args, ...flags])
  const atMs = await lastFilled(sidecar, filled)
  const syncCpuSeconds = await cpuSeconds(sidecar.pid)
  await sleep(restMs, {})
  return {
    syncSeconds: (atMs - sidecar.startedMs) / 1000,
    syncCpuSeconds,
    peakMb: await peakResidentMb(sidecar.pid),
    ...(await processMemory(sidecar.pid)),
  }
}

/** When both large caches have been filled. */
async function lastFilled(sidecar: MeasuredProcess, filled: Contender['filled']): Promise<number> {
  const large = new Set(['persistentvolumes', 'persistentvolumeclaims'])
  let lastMs = 0
  while (large.size > 0) {
    const { value, atMs } = await sidecar.next(filled)
    // Upstream names the kind, ours the resource.
    const resource = value.toLowerCase().replace(/s?$/, 's')
    if (large.delete(resource)) lastMs = atMs
  }
  return lastMs
}

function figuresOf(name: string, runs: readonly ScaleRun[]): [string, number][] {
  const middle = (value: (run: ScaleRun) => number): number => median(runs.map(value))
  return [
    [`${name}: last cache filled s`, middle(({ syncSeconds }) => syncSeconds)],
    [`${name}: CPU until then s`, middle(({ syncCpuSeconds }) => syncCpuSeconds)],
    [`${name}: peak MB`, middle(({ peakMb }) => peakMb)],
    [`${name}: resident after 10 s MB`, middle(({ residentMb }) => residentMb)],
    [`${name}: anonymous after 10 s MB`, middle(({ anonymousMb }) => anonymousMb)],
  ]
}
