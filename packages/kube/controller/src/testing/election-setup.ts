import { untilAborted } from '@csi-ts/concurrency'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { type Lease, resources } from '@csi-ts/kube-api'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import type { EventRecorder } from '../events/event-recorder.ts'
import type { ElectionTiming } from '../leader-election/election-timing.ts'
import {
  createLeaderElector,
  type LeaderElector,
  type LeaderElectorOptions,
} from '../leader-election/leader-elector.ts'
import { MemoryApi } from './memory-api.ts'

/** The lease of every candidate. */
export const lease = { namespace: 'kube-system', name: 'driver-example-com' } as const

/** Kubernetes' usual times. */
export const usualTiming: ElectionTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 5000 }

/** How far a candidate has come. */
export interface CandidateState {
  leading: boolean
  /** Of the leader's signal, once it has fired. */
  reason?: unknown
  outcome?: 'released' | 'lost'
}

/** One candidate. */
export interface TestCandidate {
  readonly elector: LeaderElector
  readonly state: CandidateState
  readonly events: readonly string[]
  /** Takes part; when elected, leads until told to stop and then for as long as `finish` takes. */
  run(finish?: () => Promise<void>): Promise<void>
  stop(reason?: unknown): void
}

/** One lease and who wants it. */
export interface ElectionSetup {
  readonly clock: FakeClock
  readonly api: MemoryApi
  readonly lines: readonly RecordedLine[]
  /** Kubernetes' usual times, without jitter. */
  readonly candidate: (identity: string, options?: Partial<LeaderElectorOptions>) => TestCandidate
  readonly spec: () => Lease['spec']
}

/** Makes a memory API without a lease. */
export function setupElection(): ElectionSetup {
  const clock = new FakeClock()
  const api = new MemoryApi(clock)
  const { log, lines } = createLogRecorder()
  const candidate = (identity: string, options: Partial<LeaderElectorOptions> = {}): TestCandidate => {
    const stop = new AbortController()
    const events: string[] = []
    const elector = createLeaderElector({
      client: api.client(),
      lease,
      identity,
      ...usualTiming,
      releaseOnExit: true,
      clock,
      log,
      events: recorderTo(events),
      random: () => 0,
      ...options,
    })
    const state: CandidateState = { leading: false }
    const run = async (finish: () => Promise<void> = () => Promise.resolve()): Promise<void> => {
      state.outcome = await elector.run({ signal: stop.signal, log }, async ({ signal }) => {
        state.leading = true
        await untilAborted(signal)
        state.reason = signal.reason
        await finish()
        state.leading = false
      })
    }
    return { elector, run, stop: (reason) => stop.abort(reason), state, events }
  }
  return { clock, api, lines, candidate, spec: () => api.find(resources.leases, lease)?.spec }
}

/** The lease in somebody else's hands; its renewTime is years ago, which must not matter. */
export function heldBy(holder: string, seconds = 15): Pick<Lease, 'metadata' | 'spec'> {
  const renewTime = '2020-01-01T00:00:00.000000Z'
  return { metadata: { ...lease }, spec: { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime } }
}

function recorderTo(events: string[]): EventRecorder {
  return {
    normal: (object, reason, message) => events.push(`${object.kind} ${object.metadata.uid} ${reason}: ${message}`),
    warning: () => undefined,
    flush: () => Promise.resolve(),
    close: () => undefined,
  }
}
