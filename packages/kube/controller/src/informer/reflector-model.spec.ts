import { FakeClock } from '@csi-ts/concurrency/testing'
import { keyOf, type PersistentVolume, resources } from '@csi-ts/kube-api'
import { ApiError } from '@csi-ts/kube-client'
import { silentLogger } from '@csi-ts/telemetry'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ApiCall, MemoryApi, TrackingHandler } from '../testing/index.ts'
import { createInformers } from './informers.ts'

const { persistentVolumes: volumes, pods } = resources

/** What the server may answer instead, or before, or after the truth. */
const failures = {
  reset: () => new Error('connection reset'),
  gone: () => new ApiError({ code: 410, reason: 'Expired', message: 'too old', verb: '', path: '' }),
  throttled: () => new ApiError({ code: 429, reason: 'TooManyRequests', message: 'slow down', verb: '', path: '' }),
  internal: () => new ApiError({ code: 500, reason: 'InternalError', message: 'oops', verb: '', path: '' }),
} as const

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const failure = fc.constantFrom('reset', 'gone', 'throttled', 'internal')
const step = fc.oneof(
  { weight: 6, arbitrary: name.map((put) => ({ kind: 'put' as const, put })) },
  { weight: 4, arbitrary: name.map((remove) => ({ kind: 'remove' as const, remove })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'other' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'end' as const }) },
  { weight: 3, arbitrary: failure.map((error) => ({ kind: 'break' as const, error })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'forget' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      error: failure,
      when: fc.constantFrom('before', 'after'),
      verb: fc.constantFrom('list', 'watch'),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3000 }).map((slowMs) => ({ kind: 'slow' as const, slowMs })) },
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40_000 }).map((ms) => ({ kind: 'advance' as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'join' as const }) },
)

/** Every run is a story of changes, broken watches, lies and slow answers; when it is over the cache must be the server. */
it('is equal to the server after any faults, tells nothing twice as new and misses no deletion (model)', async () => {
  let relists = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.boolean(),
      fc.integer(),
      async (steps, streams, seed) => {
        const clock = new FakeClock()
        const api = new MemoryApi(clock)
        let random = seed
        const informers = createInformers({
          client: api.client(),
          clock,
          pageSize: 2,
          streamInitialList: streams,
          freeze: true,
          random: () => {
            random = (random * 1_103_515_245 + 12_345) & 0x7fffffff
            return random / 0x80000000
          },
        })
        informers.register([{ resource: volumes, verbs: ['list', 'watch'], fields: ['spec'] }])
        const informer = informers.informer(volumes)
        const trackers: TrackingHandler<PersistentVolume>[] = []
        const join = (): void => {
          const tracker = new TrackingHandler<PersistentVolume>()
          informer.addHandler(tracker)
          trackers.push(tracker)
        }
        join()
        const stop = new AbortController()
        informers.start({ signal: stop.signal, log: silentLogger })

        let slowMs = 0
        const left = new Map<string, { times: number; error: keyof typeof failures }>()
        const maybeFail = (when: string, { verb }: ApiCall): void => {
          const fault = left.get(`${when} ${verb}`)
          if (fault === undefined || fault.times-- <= 0) return
          throw failures[fault.error]()
        }
        api.faults = {
          before: async (call) => {
            if (slowMs > 0) await new Promise<void>((resolve) => void clock.setTimer(slowMs, resolve))
            maybeFail('before', call)
          },
          after: (call) => maybeFail('after', call),
        }
        for (const action of steps) {
          switch (action.kind) {
            case 'put':
              api.put(volumes, { metadata: { name: action.put }, spec: { storageClassName: String(api.revision) } })
              break
            case 'remove':
              api.remove(volumes, { name: action.remove })
              break
            case 'other':
              api.put(pods, { metadata: { name: 'p', namespace: 'n' }, spec: { containers: [] } })
              break
            case 'end':
              api.endWatches()
              break
            case 'break':
              api.endWatches(failures[action.error]())
              break
            case 'forget':
              api.forgetHistory()
              break
            case 'fault':
              left.set(`${action.when} ${action.verb}`, { times: action.times, error: action.error })
              break
            case 'slow':
              slowMs = action.slowMs
              break
            case 'advance':
              await clock.advance(action.ms)
              break
            case 'join':
              join()
              break
          }
        }
        api.faults = {}
        await clock.advance(120_000)
        relists += (informers.status()[0]?.lists ?? 0) - 1

        const truth = Object.fromEntries(
          api.objects(volumes).map((object) => [keyOf(object), object.metadata.resourceVersion]),
        )
        const cached = informer.lister.list().map((object) => [keyOf(object), object.metadata.resourceVersion])
        expect(Object.fromEntries(cached)).toEqual(truth)
        for (const tracker of trackers) {
          expect(tracker.contradictions).toEqual([])
          expect(tracker.versions()).toEqual(truth)
        }
        // Alive, not just right by luck: what happens from now on arrives at once.
        api.put(volumes, { metadata: { name: 'z' }, spec: {} })
        await clock.advance(0)
        expect(informer.lister.get('z')).toBeDefined()
        stop.abort()
        await clock.advance(0)
        await informers.stopped
        expect(clock.pendingTimers).toBe(0)
      },
    ),
    { numRuns: 200 },
  )
  // The stories must be hard enough to be worth telling.
  expect(relists).toBeGreaterThan(50)
}, 60_000)
