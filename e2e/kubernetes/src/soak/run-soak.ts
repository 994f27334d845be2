import { sleep } from '@csi-ts/concurrency'
import { resources } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import { startChurn } from './churn.ts'
import { faultKinds, startFaults } from './faults.ts'
import { memoryTrend, residentBytes } from './memory.ts'
import { createRandom } from './random.ts'
import { cacheDifference, leftovers, mirrorDifference, untilRight, volumeDifference } from './soak-checks.ts'
import { type SoakGround, type SoakGroundOptions, startSoakGround } from './soak-ground.ts'

/** How a soak is run. */
export interface SoakRunOptions extends SoakGroundOptions {
  readonly durationMs: number
  readonly seed: number
  /** Gets a line when it starts, one a minute, and one at the end. */
  readonly line: (text: string) => void
}

/** What has to be so at the end. */
export interface SoakCheck {
  readonly name: string
  /** Why it is not so. */
  readonly problem?: string
}

const sampleMs = 1_000
const lineMs = 60_000

/**
 * Lets objects of several kinds come, change and go on an embedded cluster, claims among them which the provisioner
 * serves, while requests of provisioner and observer meet random faults; then ends the faults and looks whether
 * everything is as it should be. The seed repeats the choices, not their timing.
 */
export async function runSoak(options: SoakRunOptions, ctx: WorkContext): Promise<SoakCheck[]> {
  const { seed, line } = options
  line(`seed ${seed}, ${Math.round(options.durationMs / 60_000)} minutes`)
  await using ground = await startSoakGround(options, ctx)
  const random = createRandom(seed)
  const churn = startChurn(ground.client, random, ctx)
  const faults = startFaults(ground.proxy, random)
  const watched = { observer: ground.observer.pid, provisioner: ground.provisioner.pid }
  const samples = { observer: [] as number[], provisioner: [] as number[] }
  const stopped = stoppedProcesses(ground)

  const status = async (): Promise<string> => {
    const operations = [...churn.values()].reduce((sum, kind) => sum + kind.operations, 0)
    const met = [...faults.met.values()].reduce((sum, count) => sum + count, 0)
    const { told, relists } = await ground.observer.observe()
    const claims = churn.get('persistentvolumeclaims')
    return [
      `${operations} operations`,
      `${claims?.operations ?? 0} of claims (${claims?.names.size ?? 0} now)`,
      `${met} faults`,
      `${told} events told`,
      `${relists} relists`,
      `observer ${megabytes(samples.observer.at(-1))}`,
      `provisioner ${megabytes(samples.provisioner.at(-1))}`,
    ].join(', ')
  }

  const begun = performance.now()
  try {
    let minutes = 0
    while (performance.now() - begun < options.durationMs && stopped().length === 0) {
      await sleep(sampleMs, ctx)
      samples.observer.push(await residentBytes(watched.observer))
      samples.provisioner.push(await residentBytes(watched.provisioner))
      if (performance.now() - begun >= (minutes + 1) * lineMs) line(`${++minutes} min: ${await status()}`)
    }
  } finally {
    await faults.end()
  }
  for (const kind of churn.values()) await kind.end()
  line(`faults: ${faultKinds.map((kind) => `${kind} ${faults.met.get(kind) ?? 0}`).join(', ')}`)

  const checks: SoakCheck[] = []
  const check = (name: string, problem: string | undefined) =>
    checks.push(problem === undefined ? { name } : { name, problem })
  const unmet = faultKinds.filter((kind) => !faults.met.has(kind))
  check('every kind of fault has met a request', unmet.length === 0 ? undefined : `not met: ${unmet.join(', ')}`)
  const begunRest = performance.now()
  const volumes = await untilRight(() => volumeDifference(ground, ctx), ctx)
  check('every claim has its volume, and no volume is without', volumes)
  check(
    "copies equal their sources: the controller's work is done",
    await untilRight(() => mirrorDifference(ground, ctx), ctx),
  )
  check('informer caches equal the server', await untilRight(() => cacheDifference(ground, ctx), ctx))
  line(`at rest ${Math.round((performance.now() - begunRest) / 100) / 10} s after the last fault`)
  await deleteClaims(ground, ctx)
  check('nothing is left when the claims are gone', await untilRight(() => leftovers(ground, ctx), ctx))
  const { contradictions } = await ground.observer.observe()
  check('handlers are told nothing twice as new and miss no deletion', contradictions.join('; ') || undefined)
  for (const name of ['observer', 'provisioner'] as const) {
    const { middleBytes, lastBytes, peakBytes, isBounded } = memoryTrend(samples[name])
    const text = `median of the second third ${megabytes(middleBytes)}, of the last ${megabytes(lastBytes)}, peak ${megabytes(peakBytes)}`
    line(`memory of the ${name}: ${text}`)
    check(`memory of the ${name} is bounded`, isBounded ? undefined : text)
  }
  // A rejection that nobody handles ends a process of ours.
  check('no process has ended', stopped().join('; ') || undefined)
  return checks
}

/** The processes that have ended though nobody told them to. */
function stoppedProcesses({ observer, provisioner, driver }: SoakGround): () => string[] {
  const ended = new Map<string, string>()
  for (const component of [provisioner, driver]) {
    void component.exited.then(({ code, signal }) => {
      ended.set(component.name, `ended with ${code ?? signal}: ${component.output().slice(-2_000)}`)
    })
  }
  return () => {
    const own = observer.ended()
    if (own !== undefined) ended.set('observer', own)
    return [...ended].map(([name, how]) => `${name} ${how}`)
  }
}

async function deleteClaims({ client }: SoakGround, ctx: WorkContext): Promise<void> {
  const claims = client.resource(resources.persistentVolumeClaims)
  const { items } = await claims.listAll({}, ctx)
  for (const { metadata } of items) {
    await claims.delete({ name: metadata.name, namespace: metadata.namespace ?? '' }, ctx)
  }
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '?' : `${Math.round(bytes / 1_048_576)} MB`
}
