import { FakeClock } from '@csi-ts/concurrency/testing'
import { resources } from '@csi-ts/kube-api'
import { ApiError } from '@csi-ts/kube-client'
import { silentLogger } from '@csi-ts/telemetry'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { MemoryApi } from '../testing/index.ts'
import { createEventRecorder } from './event-recorder.ts'

const failures = {
  reset: () => new Error('connection reset'),
  throttled: () => new ApiError({ code: 429, reason: 'TooManyRequests', message: 'slow down', verb: '', path: '' }),
  internal: () => new ApiError({ code: 500, reason: 'InternalError', message: 'oops', verb: '', path: '' }),
} as const

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('happen' as const),
      object: fc.constantFrom('a', 'b'),
      reason: fc.constantFrom('Failed', 'Waiting'),
      message: fc.constantFrom('1', '2', '3'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      error: fc.constantFrom('reset', 'throttled', 'internal'),
      when: fc.constantFrom('before', 'after'),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((slowMs) => ({ kind: 'slow' as const, slowMs })) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 900_000 }).map((ms) => ({ kind: 'advance' as const, ms })) },
)

const failed = { kind: 'happen', object: 'a', reason: 'Failed', message: '1' } as const
/** A flush lost what had happened while the write of a count was on its way. */
const happenedDuringWrite = [
  { kind: 'slow', slowMs: 2 } as const,
  failed,
  { kind: 'advance', ms: 0 } as const,
  failed,
  { kind: 'advance', ms: 2 } as const,
  failed,
]

/** Every run is a story of occurrences, failing and slow writes; when it is over, the Events must add up to what happened. */
it.each(['v1', 'events.k8s.io/v1'] as const)(
  'loses and invents no occurrence, whatever fails (%s, model)',
  async (api) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const clock = new FakeClock()
        const server = new MemoryApi(clock)
        const recorder = createEventRecorder({ api, client: server.client(), component: 'c', clock, log: silentLogger })
        const happened: Record<string, number> = {}
        const left = { before: 0, after: 0 }
        let error: keyof typeof failures = 'reset'
        let slowMs = 0
        const meet = (when: 'before' | 'after'): void => {
          if (left[when] === 0) return
          left[when]--
          throw failures[error]()
        }
        server.faults = {
          async before() {
            if (slowMs > 0) await new Promise<void>((resolve) => void clock.setTimer(slowMs, resolve))
            meet('before')
          },
          after: () => meet('after'),
        }
        for (const made of steps) {
          if (made.kind === 'happen') {
            const regarding = { apiVersion: 'v1', kind: 'Pod', metadata: { name: made.object, namespace: 'x' } }
            recorder.normal(regarding, made.reason, made.message)
            const key = `${made.object} ${made.reason}`
            happened[key] = (happened[key] ?? 0) + 1
          } else if (made.kind === 'fault') {
            left[made.when] = made.times
            error = made.error
          } else if (made.kind === 'slow') {
            slowMs = made.slowMs
          } else {
            await clock.advance(made.ms)
          }
        }
        Object.assign(left, { before: 0, after: 0 })
        slowMs = 0
        const flushed = recorder.flush({ signal: new AbortController().signal })
        await clock.advance(300_000)
        await flushed
        recorder.close()
        await clock.advance(0)
        expect(clock.pendingTimers).toBe(0)

        const core = server.objects(resources.events).map((event) => ({
          key: `${event.involvedObject.name} ${event.reason}`,
          count: event.count ?? 1,
        }))
        const series = server.objects(resources.eventsV1).map((event) => ({
          key: `${event.regarding?.name} ${event.reason}`,
          count: event.series?.count ?? 1,
        }))
        const told: Record<string, number> = {}
        for (const { key, count } of [...core, ...series]) told[key] = (told[key] ?? 0) + count
        expect(told).toEqual(happened)
      }),
      { numRuns: 150, examples: [[happenedDuringWrite]] },
    )
  },
)
