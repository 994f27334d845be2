import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { imageNodeFlags } from '@csi-ts/tools/bundle'
import { bundleProgram } from '../process/bench-program.ts'
import { startMeasured } from '../process/measured-process.ts'
import { connectionsTo, peakResidentMb } from '../process/process-figures.ts'
import { type Bench, benchResult, type Target } from '../result.ts'
import { inRounds } from '../rounds.ts'
import { kubeconfigFor, startFixedServer } from '../server/start-fixed-server.ts'
import { median } from '../statistics.ts'
import type { LoadReport } from './load.ts'

const rounds = 3
const durationMs = 1500

/** Ours by the names of `our-transport-program.ts`, and how they are called in the table. */
const ourTransports: Readonly<Record<string, string>> = {
  http2: 'HTTP/2',
  'http1-4': 'HTTP/1.1, 4 connections',
  'http1-16': 'HTTP/1.1, 16 connections',
}

/** A real API server takes some milliseconds for a write: that is where the number of requests under way counts. */
const cases = [
  { workers: 1, delayMs: 0 },
  { workers: 100, delayMs: 0 },
  { workers: 100, delayMs: 5 },
] as const

/** With HTTP/2 one connection carries all; without, the watches and four. */
const targets: readonly Target[] = [
  { figure: 'HTTP/2, 100 workers, 5 ms: connections', limit: 1 },
  { figure: 'HTTP/1.1, 4 connections, 100 workers, 5 ms: connections', limit: 4 },
]

interface TransportRun extends LoadReport {
  readonly connections: number
  readonly peakMb: number
}

/** Requests per second, latency, connections and memory of each transport. */
export const transport: Bench = {
  name: 'transport',
  title: 'requests per second, latency, connections and memory of the HTTP transports; beside @kubernetes/client-node',
  async run(progress) {
    progress('bundling')
    const [our, official] = await Promise.all([
      bundleProgram('our-transport', fileURLToPath(new URL('./our-transport-program.ts', import.meta.url))),
      bundleProgram(
        'client-node-transport',
        fileURLToPath(new URL('./client-node-transport-program.ts', import.meta.url)),
      ),
    ])
    const figures: Record<string, number> = {}
    const scratchDir = await mkdtemp(join(tmpdir(), 'csi-ts-bench-'))
    try {
      for (const { workers, delayMs } of cases) {
        await using server = await startFixedServer({ volumes: 1, delayMs })
        const kubeconfig = join(scratchDir, 'kubeconfig')
        await writeFile(kubeconfig, kubeconfigFor(server.config))
        const load = [String(workers), String(durationMs)]
        const config = JSON.stringify(server.config)
        const label = `${workers} ${workers === 1 ? 'worker' : 'workers'}, ${delayMs} ms`
        const ours = Object.entries(ourTransports).map(
          ([key, name]) => [name, [...imageNodeFlags, our.entry, key, config, ...load]] as const,
        )
        const contenders = [...ours, ['client-node', [official.entry, kubeconfig, ...load]] as const].map(
          ([name, args]) => [`${name}, ${label}`, () => measure(args, server.port)] as const,
        )
        const runs = await inRounds(rounds, Object.fromEntries(contenders), progress)
        for (const [what, own] of Object.entries(runs)) Object.assign(figures, figuresOf(what, own))
      }
    } finally {
      await rm(scratchDir, { recursive: true, force: true })
    }
    return benchResult('transport', figures, targets)
  },
}

async function measure(args: readonly string[], port: number): Promise<TransportRun> {
  await using client = startMeasured(process.execPath, args)
  await client.event('running')
  const connections = await connectionsTo(port)
  const peakMb = await peakResidentMb(client.pid)
  return { ...(await client.event<LoadReport>('done')), connections, peakMb }
}

function figuresOf(what: string, runs: readonly TransportRun[]): Record<string, number> {
  const middle = (value: (run: TransportRun) => number): number => median(runs.map(value))
  return {
    [`${what}: requests per s`]: Math.round(middle(({ requests, elapsedMs }) => (requests / elapsedMs) * 1000)),
    [`${what}: p50 ms`]: middle(({ p50Ms }) => p50Ms),
    [`${what}: p99 ms`]: middle(({ p99Ms }) => p99Ms),
    [`${what}: CPU per request us`]: middle(({ cpuMs, requests }) => (cpuMs / requests) * 1000),
    [`${what}: connections`]: middle(({ connections }) => connections),
    [`${what}: peak MB`]: middle(({ peakMb }) => peakMb),
  }
}
