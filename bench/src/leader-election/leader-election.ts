import { fileURLToPath } from 'node:url'
import { sleep } from '@csi-ts/concurrency'
import { type EmbeddedApiServer, startEmbeddedCluster } from '@csi-ts/kube-cluster'
import type { ElectionTiming } from '@csi-ts/kube-controller'
import { bundleProgram } from '../process/bench-program.ts'
import { type Bench, benchResult } from '../result.ts'
import { quantile } from '../statistics.ts'
import { ElectionPair } from './election-pair.ts'
import { monotonicMs } from './monotonic-ms.ts'
import { mostUnheldActs, overlaps, termsOf } from './terms.ts'

/** Pairs of candidates that run side by side, each with a lease of its own. */
const pairs = 4
/** Per pair. */
const kills = 8
/** Per pair: 200 in all. */
const pauses = 50

/** The sidecars' 15 s, 10 s and 5 s, five times as fast: late timers of a busy machine must stay small beside them. */
const killTiming: ElectionTiming = { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 1000 }
/** Fifteen times as fast: the shortest that a Lease can say. */
const pauseTiming: ElectionTiming = { leaseDurationMs: 1000, renewDeadlineMs: 667, retryPeriodMs: 333 }

/** Fail-over after SIGKILL, and whether two candidates ever lead at once when they are stopped and continued at random. */
export const leaderElection: Bench = {
  name: 'leader-election',
  title: 'fail-over time after kill -9; two leaders at once over 200 random pauses of a candidate',
  async run(progress) {
    progress('bundling')
    const source = fileURLToPath(new URL('./candidate-program.ts', import.meta.url))
    const { entry } = await bundleProgram('candidate', source)
    await using server = await startEmbeddedCluster()
    const failovers = await measureFailovers(server, entry, progress)
    const paused = await pauseAtRandom(server, entry, progress)
    const { leaseDurationMs, retryPeriodMs } = killTiming
    const limit = (leaseDurationMs + retryPeriodMs) / 1000
    const figures = {
      'fail-overs after kill -9': failovers.length,
      'fail-over p50 s': quantile(failovers, 0.5),
      'fail-over p90 s': quantile(failovers, 0.9),
      'fail-over max s': Math.max(...failovers),
      'pauses of a candidate': pairs * pauses,
      'terms of a leader': paused.terms,
      'two leaders at once': paused.twice,
      'two at once by the signal alone': paused.twiceBySignal,
      'steps by the signal alone after the lease, at most': paused.unheldActs,
    }
    const targets = [
      { figure: 'fail-over max s', limit },
      { figure: 'two leaders at once', limit: 0 },
    ]
    const { leaseDurationMs: leaseMs, renewDeadlineMs, retryPeriodMs: retryMs } = pauseTiming
    const notes = [
      `fail-over: lease ${killTiming.leaseDurationMs} ms, renew deadline ${killTiming.renewDeadlineMs} ms, retry period ${retryPeriodMs} ms`,
      `pauses of 0 to ${2 * leaseMs} ms: lease ${leaseMs} ms, renew deadline ${renewDeadlineMs} ms, retry period ${retryMs} ms`,
    ]
    return { ...benchResult('leader-election', figures, targets), notes }
  },
}

/** Seconds from the death of a leader to the first act of the next one. */
async function measureFailovers(
  { config }: EmbeddedApiServer,
  program: string,
  progress: (text: string) => void,
): Promise<number[]> {
  const seconds: number[] = []
  const run = async (index: number): Promise<void> => {
    await using pair = new ElectionPair({ config, lease: `kill-${index}`, program, timing: killTiming })
    await Promise.all([pair.start(), pair.start()])
    for (let kill = 1; kill <= kills; kill++) {
      const leader = await pair.nextLeader()
      // Anywhere between two renewals.
      await sleep(killTiming.retryPeriodMs * (0.5 + Math.random()), {})
      const killedMs = monotonicMs()
      await pair.kill(leader.candidate)
      const next = await pair.nextLeader()
      seconds.push((next.atMs - killedMs) / 1000)
      await pair.start()
      if (index === 0) progress(`kill ${kill} of ${kills} of the first pair: ${seconds.at(-1)?.toFixed(2)} s`)
    }
  }
  await Promise.all(Array.from({ length: pairs }, (_, index) => run(index)))
  return seconds
}

interface PausedResult {
  readonly terms: number
  /** Pairs of terms that overlap, by what the elector said when asked. */
  readonly twice: number
  /** The same by the signal alone, for work that never asks. */
  readonly twiceBySignal: number
  /** Acts of one term between the end of the lease and the signal. */
  readonly unheldActs: number
}

async function pauseAtRandom(
  { config }: EmbeddedApiServer,
  program: string,
  progress: (text: string) => void,
): Promise<PausedResult> {
  const { leaseDurationMs } = pauseTiming
  const run = async (index: number): Promise<PausedResult> => {
    await using pair = new ElectionPair({ config, lease: `pause-${index}`, program, timing: pauseTiming })
    await Promise.all([pair.start(), pair.start()])
    for (let pause = 1; pause <= pauses; pause++) {
      const { candidate: leader } = await pair.nextLeader()
      const other = pair.candidates.find((candidate) => candidate !== leader) ?? leader
      const victim = Math.random() < 0.75 ? leader : other
      await sleep(Math.random() * 0.5 * leaseDurationMs, {})
      victim.process.signal('SIGSTOP')
      await sleep(Math.random() * 2 * leaseDurationMs, {})
      victim.process.signal('SIGCONT')
      if (index === 0 && pause % 10 === 0) progress(`pause ${pause} of ${pauses} of the first pair`)
    }
    // What was continued last has its say.
    await sleep(leaseDurationMs, {})
    const terms = termsOf(pair.acts.filter(({ holds }) => holds))
    return {
      terms: terms.length,
      twice: overlaps(terms).length,
      twiceBySignal: overlaps(termsOf(pair.acts)).length,
      unheldActs: mostUnheldActs(pair.acts),
    }
  }
  const results = await Promise.all(Array.from({ length: pairs }, (_, index) => run(index)))
  const sum = (value: (result: PausedResult) => number): number => results.map(value).reduce((a, b) => a + b, 0)
  return {
    terms: sum(({ terms }) => terms),
    twice: sum(({ twice }) => twice),
    twiceBySignal: sum(({ twiceBySignal }) => twiceBySignal),
    unheldActs: Math.max(...results.map(({ unheldActs }) => unheldActs)),
  }
}
