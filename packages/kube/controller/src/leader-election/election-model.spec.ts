import { untilAborted } from '@csi-ts/concurrency'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { resources } from '@csi-ts/kube-api'
import { silentLogger } from '@csi-ts/telemetry'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { usualTiming } from '../testing/election-setup.ts'
import { MemoryApi, PausableClock } from '../testing/index.ts'
import { createLeaderElector, type LeaderElector } from './leader-elector.ts'

const lease = { namespace: 'default', name: 'lock' }
const sliceMs = 250

/** One process: it can be stopped, cut off and killed; one that lost its lease or was told to stop starts again. */
class Candidate {
  readonly clock: PausableClock
  latencyMs = 0
  cutOff = false
  /** Replies that get lost from now on. */
  loses = 0
  elector: LeaderElector
  terms = 0
  #signal: AbortSignal | undefined
  #stop = new AbortController()
  #alive = true
  readonly #create: (candidate: Candidate) => LeaderElector

  constructor(clock: FakeClock, create: (candidate: Candidate) => LeaderElector) {
    this.clock = new PausableClock(clock)
    this.#create = create
    this.elector = create(this)
    void this.#live()
  }

  /** Works with the conviction to lead: its signal has not fired. */
  get works(): boolean {
    return this.#alive && !this.clock.paused && this.#signal?.aborted === false
  }

  /** Would say that it leads, if asked now. */
  get claims(): boolean {
    return this.#alive && !this.clock.paused && this.elector.isLeader()
  }

  restart(): void {
    this.#stop.abort()
  }

  end(): void {
    this.#alive = false
    this.clock.resume()
    this.#stop.abort()
  }

  async #live(): Promise<void> {
    while (this.#alive) {
      this.#stop = new AbortController()
      this.elector = this.#create(this)
      await this.elector.run({ signal: this.#stop.signal, log: silentLogger }, async ({ signal }) => {
        this.terms++
        this.#signal = signal
        await untilAborted(signal)
      })
    }
  }
}

const who = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  { weight: 3, arbitrary: who.map((pause) => ({ pause })) },
  { weight: 3, arbitrary: who.map((resume) => ({ resume })) },
  { weight: 2, arbitrary: who.map((cutOff) => ({ cutOff })) },
  { weight: 3, arbitrary: who.map((reconnect) => ({ reconnect })) },
  { weight: 1, arbitrary: who.map((restart) => ({ restart })) },
  { weight: 1, arbitrary: fc.tuple(who, fc.integer({ min: 0, max: 4000 })).map((slow) => ({ slow })) },
  { weight: 1, arbitrary: fc.tuple(who, fc.integer({ min: 1, max: 3 })).map((lose) => ({ lose })) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 80 }).map((slices) => ({ slices })) },
)

/** Three candidates that are stopped, cut off, slowed down and lied to by lost replies, over one lease. */
it('two candidates never lead at once, and in peace there is always one (model)', async () => {
  let terms = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.boolean(),
      fc.integer({ min: 0 }),
      async (steps, releaseOnExit, seed) => {
        const clock = new FakeClock()
        const api = new MemoryApi(clock)
        let random = seed
        const candidates = ['a', 'b', 'c'].map(
          (identity) =>
            new Candidate(clock, (candidate) => {
              const pass = async (): Promise<void> => {
                if (candidate.latencyMs > 0)
                  await new Promise<void>((resolve) => void clock.setTimer(candidate.latencyMs, resolve))
                if (candidate.cutOff) throw new Error('no route to host')
              }
              const client = api.client({
                before: pass,
                after: async () => {
                  await pass()
                  await candidate.clock.running()
                  if (candidate.loses > 0) {
                    candidate.loses--
                    throw new Error('connection reset')
                  }
                },
              })
              return createLeaderElector({
                client,
                lease,
                identity,
                ...usualTiming,
                releaseOnExit,
                drainMs: 100,
                clock: candidate.clock,
                log: silentLogger,
                random: () => {
                  random = (random * 1_103_515_245 + 12_345) & 0x7fffffff
                  return random / 0x80000000
                },
              })
            }),
        )
        const check = (): void => {
          expect(candidates.filter(({ works }) => works).length).toBeLessThanOrEqual(1)
          expect(candidates.filter(({ claims }) => claims).length).toBeLessThanOrEqual(1)
        }
        for (const action of steps) {
          if ('pause' in action) candidates[action.pause]?.clock.pause()
          if ('resume' in action) candidates[action.resume]?.clock.resume()
          // Before the consequences of its timers: whoever asks in the very moment of a resume must get the truth.
          expect(candidates.filter(({ claims }) => claims).length).toBeLessThanOrEqual(1)
          if ('restart' in action) candidates[action.restart]?.restart()
          for (const [index, candidate] of candidates.entries()) {
            if ('cutOff' in action && action.cutOff === index) candidate.cutOff = true
            if ('reconnect' in action && action.reconnect === index) candidate.cutOff = false
            if ('slow' in action && action.slow[0] === index) candidate.latencyMs = action.slow[1]
            if ('lose' in action && action.lose[0] === index) candidate.loses = action.lose[1]
          }
          for (let slice = 0; slice < ('slices' in action ? action.slices : 0); slice++) {
            await clock.advance(sliceMs)
            check()
          }
          await clock.advance(0)
          check()
        }
        for (const candidate of candidates) {
          Object.assign(candidate, { cutOff: false, latencyMs: 0, loses: 0 })
          candidate.clock.resume()
        }
        await clock.advance(60_000)
        check()
        expect(candidates.filter(({ works }) => works)).toHaveLength(1)
        expect(api.find(resources.leases, lease)?.spec?.holderIdentity).not.toBe('')
        for (const candidate of candidates) {
          terms += candidate.terms
          candidate.end()
        }
        await clock.advance(60_000)
        expect(clock.pendingTimers).toBe(0)
      },
    ),
    { numRuns: 80 },
  )
  // Leadership must have moved, or nothing was put to the test.
  expect(terms).toBeGreaterThan(100)
}, 60_000)
