import { withDeadline } from '@csi-ts/concurrency'
import type { ClusterConfig } from '@csi-ts/kube-client'
import type { ElectionTiming } from '@csi-ts/kube-controller'
import { imageNodeFlags } from '@csi-ts/tools/bundle'
import { eventOf, type MeasuredProcess, startMeasured } from '../process/measured-process.ts'
import type { Act } from './terms.ts'

/** What a pair of candidates for one lease is. */
export interface ElectionPairOptions {
  readonly config: ClusterConfig
  readonly lease: string
  /** Entry file of the candidate program. */
  readonly program: string
  readonly timing: ElectionTiming
}

/** One running candidate. */
export interface Candidate {
  readonly name: string
  readonly process: MeasuredProcess
}

/** Two candidates for one lease, each a process, and everything that they did. */
export class ElectionPair implements AsyncDisposable {
  /** In the order in which they were told. */
  readonly acts: Act[] = []
  readonly #o: ElectionPairOptions
  readonly #candidates = new Map<string, Candidate>()
  readonly #listeners = new Set<(act: Act) => void>()
  #started = 0

  constructor(options: ElectionPairOptions) {
    this.#o = options
  }

  /** Those that run. */
  get candidates(): readonly Candidate[] {
    return [...this.#candidates.values()]
  }

  /** Starts a candidate with a name of its own; resolves when it takes part. */
  async start(): Promise<void> {
    const { config, lease, program, timing } = this.#o
    this.#started += 1
    const name = `${lease}-${this.#started}`
    const times = [timing.leaseDurationMs, timing.renewDeadlineMs, timing.retryPeriodMs].map(String)
    const own = startMeasured(process.execPath, [
      ...imageNodeFlags,
      program,
      JSON.stringify(config),
      lease,
      name,
      ...times,
    ])
    this.#candidates.set(name, { name, process: own })
    await own.event('started')
    void this.#listen(name, own)
  }

  /** Kills a candidate with SIGKILL. */
  async kill({ name, process: own }: Candidate): Promise<void> {
    this.#candidates.delete(name)
    await own.kill()
  }

  /** Waits for the next act of a running candidate that holds the lease. Rejects when there is none for a long time. */
  nextLeader(): Promise<{ readonly candidate: Candidate; readonly atMs: number }> {
    const { promise, resolve } = Promise.withResolvers<{ candidate: Candidate; atMs: number }>()
    const listener = ({ candidate: name, atMs, holds }: Act): void => {
      const candidate = this.#candidates.get(name)
      if (holds && candidate !== undefined) resolve({ candidate, atMs })
    }
    this.#listeners.add(listener)
    const patienceMs = this.#o.timing.leaseDurationMs * 10
    return withDeadline(patienceMs, () => promise, { what: 'election' }).finally(() => this.#listeners.delete(listener))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.candidates.map((candidate) => this.kill(candidate)))
  }

  async #listen(candidate: string, own: MeasuredProcess): Promise<void> {
    const read = (line: string) => eventOf(line, 'act') as Omit<Act, 'candidate'> | undefined
    try {
      for (;;) {
        const { value } = await own.next(read)
        const act = { candidate, term: value.term, atMs: value.atMs, holds: value.holds }
        this.acts.push(act)
        this.#listeners.forEach((listener) => {
          listener(act)
        })
      }
    } catch (error) {
      // Killed by us, or it failed: then nobody may wait for it.
      if (this.#candidates.delete(candidate)) throw error
    }
  }
}
