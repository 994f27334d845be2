import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { imageNodeFlags } from '@csi-ts/tools/bundle'
import { bundleProgram } from '../process/bench-program.ts'
import { type Bench, benchResult, type Figures, type Target } from '../result.ts'
import { inRounds } from '../rounds.ts'
import { type FixedServer, kubeconfigFor, startFixedServer } from '../server/start-fixed-server.ts'
import { median } from '../statistics.ts'
import { startDriver } from '../upstream/driver.ts'
import { upstreamProvisioner } from '../upstream/upstream-binary.ts'
import { type InformerRun, measureInformer, measureUpstream, type SyncRun } from './measure-contender.ts'

const volumes = 10_000
const rounds = 3

/** Fills 10,000 volumes into an informer: ours, as images run it and with Node's defaults, the official client's, and Go's. */
export const informer: Bench = {
  name: 'informer',
  title: '10,000 PersistentVolumes in an informer: time, memory, changes; beside @kubernetes/client-node and upstream',
  async run(progress) {
    const upstream = await upstreamProvisioner(progress)
    const scratchDir = await mkdtemp(join(tmpdir(), 'csi-ts-bench-'))
    try {
      await using server = await startFixedServer({ volumes, delayMs: 0 })
      const kubeconfig = join(scratchDir, 'kubeconfig')
      await writeFile(kubeconfig, kubeconfigFor(server.config))
      progress('bundling')
      await using driver = await startDriver(scratchDir)
      const contenders = {
        ...(await nodeContenders(server, kubeconfig)),
        ...(upstream && {
          upstream: () =>
            measureUpstream(upstream.path, [`--kubeconfig=${kubeconfig}`, `--csi-address=${driver.socket}`]),
        }),
      }
      const figures = figuresOf(await inRounds<SyncRun>(rounds, contenders, progress))
      const notes = [
        `a volume has ${server.volumeBytes} bytes; the server is a fixed one over TLS, HTTP/1.1 and HTTP/2`,
        upstream === undefined
          ? 'no Go, so no upstream sidecar'
          : `upstream is the whole external-provisioner ${upstream.version}, until its volumes are cached`,
      ]
      return { ...benchResult('informer', { ...figures, ...ratios(figures) }, targets), notes }
    } finally {
      await rm(scratchDir, { recursive: true, force: true })
    }
  },
}

async function nodeContenders(
  server: FixedServer,
  kubeconfig: string,
): Promise<Record<string, () => Promise<InformerRun>>> {
  const [our, official] = await Promise.all([
    bundleProgram('our-informer', fileURLToPath(new URL('./our-informer-program.ts', import.meta.url))),
    bundleProgram('client-node-informer', fileURLToPath(new URL('./client-node-informer-program.ts', import.meta.url))),
  ])
  const config = JSON.stringify(server.config)
  const measure = (...args: string[]) => measureInformer(args, server, volumes)
  return {
    ours: () => measure(...imageNodeFlags, our.entry, config, 'pages'),
    'ours, streamed list': () => measure(...imageNodeFlags, our.entry, config, 'stream'),
    "ours, Node's defaults": () => measure(our.entry, config, 'pages'),
    'client-node': () => measure(official.entry, kubeconfig),
  }
}

const units: Readonly<Record<keyof InformerRun, string>> = {
  syncSeconds: 'synced s',
  syncCpuSeconds: 'CPU until synced s',
  peakMb: 'peak MB',
  residentMb: 'resident after 2 s MB',
  retainedMb: 'retained heap MB',
  eventsPerSecond: 'changes per s',
  eventCpuUs: 'CPU per change us',
  eventPeakMb: 'peak during changes MB',
}

function figuresOf(runs: Readonly<Record<string, readonly Partial<InformerRun>[]>>): Figures {
  const entries = Object.entries(runs).flatMap(([name, own]) =>
    Object.entries(units).flatMap(([key, unit]) => {
      const values = own.map((run) => run[key as keyof InformerRun]).filter((value) => value !== undefined)
      return values.length === 0 ? [] : [[`${name}: ${unit}`, median(values)] as const]
    }),
  )
  return Object.fromEntries(entries)
}

/** How many times as much the official client needs. */
function ratios(figures: Figures): Figures {
  const ratio = (ours: string, unit: string): number =>
    (figures[`client-node: ${unit}`] ?? Number.NaN) / (figures[`${ours}: ${unit}`] ?? Number.NaN)
  return {
    'client-node / ours: peak x': ratio('ours', units.peakMb),
    'client-node / ours: retained heap x': ratio('ours', units.retainedMb),
    'client-node / ours: peak during changes x': ratio('ours', units.eventPeakMb),
    "client-node / ours, Node's defaults: synced x": ratio("ours, Node's defaults", units.syncSeconds),
  }
}

/** The first three are the product's; the ratios are those that were measured for this design before there was any code. */
const targets: readonly Target[] = [
  { figure: 'ours: synced s', limit: 2 },
  { figure: 'ours: peak MB', limit: 110 },
  { figure: 'client-node / ours: peak x', limit: 3.1, atLeast: true },
  { figure: 'client-node / ours: retained heap x', limit: 4.3, atLeast: true },
  { figure: 'client-node / ours: peak during changes x', limit: 2.1, atLeast: true },
  { figure: "client-node / ours, Node's defaults: synced x", limit: 1.4, atLeast: true },
]
