import { FakeClock } from '@csi-ts/concurrency/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateLimiter } from './rate-limit.ts'

const { signal } = new AbortController()

describe('createRateLimiter', () => {
  it('lets a burst pass, then one after another in the order they came', async () => {
    const clock = new FakeClock()
    const limiter = createRateLimiter({ qps: 10, burst: 3 }, clock)
    const passed: [number, number][] = []
    for (let i = 0; i < 6; i += 1) void limiter.wait(signal).then(() => passed.push([i, clock.monotonicMs()]))
    await clock.advance(1_000)
    expect(passed).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 100],
      [4, 200],
      [5, 300],
    ])
  })

  it('fills up again while nobody asks, to the burst and no further', async () => {
    const clock = new FakeClock()
    const limiter = createRateLimiter({ qps: 10, burst: 2 }, clock)
    await limiter.wait(signal)
    await clock.advance(60_000)
    const waits = [limiter.wait(signal), limiter.wait(signal), limiter.wait(signal)]
    await clock.advance(1_000)
    expect(await Promise.all(waits)).toEqual([0, 0, 100])
  })

  it('gets the turn back of a caller that gives up', async () => {
    const clock = new FakeClock()
    const limiter = createRateLimiter({ qps: 1, burst: 1 }, clock)
    await limiter.wait(signal)
    const controller = new AbortController()
    const reason = new Error('enough')
    const given = limiter.wait(controller.signal)
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    expect(clock.pendingTimers).toBe(0)
    const next = limiter.wait(signal)
    await clock.advance(1_000)
    expect(await next).toBe(1_000)
    await expect(limiter.wait(controller.signal)).rejects.toBe(reason)
  })

  it('never lets more pass than burst + qps * time', async () => {
    const moments = fc.array(fc.nat({ max: 500 }), { maxLength: 40 })
    const limits = fc.record({ qps: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 10 }) })
    await fc.assert(
      fc.asyncProperty(moments, limits, async (pauses, limit) => {
        const clock = new FakeClock()
        const limiter = createRateLimiter(limit, clock)
        const passedAt: number[] = []
        for (const pause of pauses) {
          void limiter.wait(signal).then(() => passedAt.push(clock.monotonicMs()))
          await clock.advance(pause)
        }
        await clock.advance(60_000)
        expect(passedAt).toHaveLength(pauses.length)
        for (const [i, from] of passedAt.entries()) {
          for (const [j, to] of passedAt.slice(i).entries()) {
            expect(j + 1).toBeLessThanOrEqual(limit.burst + ((to - from) * limit.qps) / 1000 + 1e-6)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    { qps: 0, burst: 1 },
    { qps: 5, burst: 0 },
    { qps: Number.NaN, burst: 1 },
  ])('refuses a limit that lets nothing pass: $qps, $burst', (limit) => {
    expect(() => createRateLimiter(limit, new FakeClock())).toThrow('want qps > 0 and burst >= 1')
  })
})
