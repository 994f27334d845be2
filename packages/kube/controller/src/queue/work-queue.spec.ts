import { FakeClock } from '@csi-ts/concurrency/testing'
import { createMetrics } from '@csi-ts/telemetry'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemExponentialLimiter } from './rate-limiter.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

function setup() {
  const clock = new FakeClock()
  const limiter = itemExponentialLimiter({ baseMs: 100, maxMs: 1000 })
  return { clock, queue: createWorkQueue({ name: 'test', clock, limiter }) }
}

/** What waits now, in the order in which it is handed out; each is given back. */
async function drainNow(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = []
  while (queue.length > 0) {
    const key = await queue.get({})
    if (key === undefined) break
    keys.push(key)
    queue.done(key)
  }
  return keys
}

describe('WorkQueue', () => {
  it('hands out a key once, however often it was added', async () => {
    const { queue } = setup()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    expect(await drainNow(queue)).toEqual(['a', 'b'])
  })

  it('does not hand out a key that is in work, and hands it out again after done when it was added meanwhile', async () => {
    const { queue } = setup()
    queue.add('a')
    await queue.get({})
    queue.add('a')
    queue.add('a')
    expect(queue.length).toBe(0)
    queue.done('a')
    expect(await drainNow(queue)).toEqual(['a'])
  })

  it('wakes those who wait in the order in which they came', async () => {
    const { queue } = setup()
    const first = queue.get({})
    const second = queue.get({})
    queue.add('a')
    queue.add('b')
    expect(await Promise.all([first, second])).toEqual(['a', 'b'])
  })

  it('hands out higher priorities first, and moves a waiting key up but never down', async () => {
    const { queue } = setup()
    queue.add('low', { priority: -10 })
    queue.add('normal')
    queue.add('moved', { priority: -10 })
    queue.add('moved', { priority: 5 })
    queue.add('moved', { priority: -10 })
    expect(await drainNow(queue)).toEqual(['moved', 'normal', 'low'])
  })

  it('keeps the priority of a key that was added while in work', async () => {
    const { queue } = setup()
    queue.add('a')
    await queue.get({})
    queue.add('b')
    queue.add('a', { priority: 1 })
    queue.done('a')
    expect(await drainNow(queue)).toEqual(['a', 'b'])
  })

  it('hands out a delayed key at its time, the shortest of several delays', async () => {
    const { clock, queue } = setup()
    queue.addAfter('a', 500)
    queue.addAfter('a', 200)
    queue.addAfter('a', 900)
    await clock.advance(199)
    expect(queue.length).toBe(0)
    await clock.advance(1)
    expect(await drainNow(queue)).toEqual(['a'])
    await clock.advance(1000)
    expect(queue.length).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('backs off per key, and starts again after forget', async () => {
    const { clock, queue } = setup()
    const waits: number[] = []
    for (let failure = 0; failure < 6; failure++) {
      queue.addRateLimited('a')
      const since = clock.monotonicMs()
      while (queue.length === 0) await clock.advance(10)
      waits.push(clock.monotonicMs() - since)
      await drainNow(queue)
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
    expect(queue.failures('a')).toBe(6)
    queue.forget('a')
    expect(queue.failures('a')).toBe(0)
    queue.addRateLimited('a')
    await clock.advance(100)
    expect(queue.length).toBe(1)
  })

  it('lets go of who waits when the signal fires, and gives the next key to somebody else', async () => {
    const { queue } = setup()
    const gone = new AbortController()
    const first = queue.get({ signal: gone.signal })
    const second = queue.get({})
    gone.abort()
    queue.add('a')
    expect(await first).toBeUndefined()
    expect(await second).toBe('a')
  })

  it('hands out what waits after shutDown, then undefined, and refuses more', async () => {
    const { clock, queue } = setup()
    queue.add('a')
    queue.addAfter('later', 100)
    queue.shutDown()
    queue.add('b')
    expect(await queue.get({})).toBe('a')
    expect(await queue.get({})).toBeUndefined()
    await clock.advance(1000)
    expect(queue.length).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('drain resolves when what was waiting and in work is done', async () => {
    const { clock, queue } = setup()
    queue.add('a')
    queue.add('b')
    const a = await queue.get({})
    let drained = false
    const drain = queue.drain().then(() => {
      drained = true
    })
    expect(await queue.get({})).toBe('b')
    queue.done('b')
    await clock.advance(0)
    expect(drained).toBe(false)
    queue.done(a ?? '')
    await drain
    expect(drained).toBe(true)
  })

  it('done of a key that is not in work changes nothing', () => {
    const { queue } = setup()
    queue.add('a')
    queue.done('a')
    queue.done('never seen')
    expect(queue.length).toBe(1)
  })

  it("measures with client-go's names and buckets", async () => {
    const clock = new FakeClock()
    const metrics = createMetrics()
    const queue = createWorkQueue({ name: 'claims', clock, metrics })
    createWorkQueue({ name: 'volumes', clock, metrics })
    queue.add('a')
    queue.add('b')
    await clock.advance(2000)
    await queue.get({})
    await clock.advance(3000)
    queue.addRateLimited('c')
    const { body } = await metrics.expose()
    const samples = body.split('\n')
    expect(samples).toEqual(
      expect.arrayContaining([
        'workqueue_depth{name="claims"} 1',
        'workqueue_depth{name="volumes"} 0',
        'workqueue_adds_total{name="claims"} 2',
        'workqueue_retries_total{name="claims"} 1',
        'workqueue_unfinished_work_seconds{name="claims"} 3',
        'workqueue_longest_running_processor_seconds{name="claims"} 3',
        'workqueue_longest_running_processor_seconds{name="volumes"} 0',
        'workqueue_queue_duration_seconds_sum{name="claims"} 2',
      ]),
    )
    const bounds = [...body.matchAll(/workqueue_queue_duration_seconds_bucket\{le="([^"]+)"/g)].map(
      ([, bound]) => bound,
    )
    expect(bounds).toEqual(['1e-8', '1e-7', '0.000001', '0.00001', '0.0001', '0.001', '0.01', '0.1', '1', '10', '+Inf'])
  })

  it('never loses a key, never hands one out twice at once, and keeps no more than was asked (model)', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key, priority: fc.integer({ min: -1, max: 1 }) }),
      fc.record({ do: fc.constant('addAfter' as const), key, ms: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ do: fc.constant('get' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 30 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const { clock, queue } = setup()
        // The model: which keys need work, are in work, and when delayed ones come due.
        const dirty = new Set<string>()
        const working = new Set<string>()
        const due = new Map<string, number>()
        const passTime = (): void => {
          for (const [delayed, at] of due) {
            if (at > clock.monotonicMs()) continue
            due.delete(delayed)
            dirty.add(delayed)
          }
        }
        const ready = (): string[] => [...dirty].filter((waiting) => !working.has(waiting))
        for (const action of steps) {
          let got: string | undefined
          const allowed = ready()
          switch (action.do) {
            case 'add':
              queue.add(action.key, { priority: action.priority })
              dirty.add(action.key)
              break
            case 'addAfter':
              queue.addAfter(action.key, action.ms)
              if (action.ms === 0) dirty.add(action.key)
              else due.set(action.key, Math.min(due.get(action.key) ?? Infinity, clock.monotonicMs() + action.ms))
              break
            case 'get':
              if (allowed.length === 0) break
              got = (await queue.get({})) ?? 'nothing'
              dirty.delete(got)
              working.add(got)
              break
            case 'done':
              queue.done(action.key)
              working.delete(action.key)
              break
            case 'advance':
              await clock.advance(action.ms)
              passTime()
              break
          }
          expect([...allowed, undefined]).toContain(got)
          expect([queue.length, queue.inWork, queue.delayed]).toEqual([ready().length, working.size, due.size])
        }
        for (const held of working) queue.done(held)
        await clock.advance(1000)
        working.clear()
        passTime()
        expect((await drainNow(queue)).toSorted()).toEqual([...dirty].toSorted())
        expect(clock.pendingTimers).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
