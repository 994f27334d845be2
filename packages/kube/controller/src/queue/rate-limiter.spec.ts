import { FakeClock } from '@csi-ts/concurrency/testing'
import { describe, expect, it } from 'vitest'
import { bucketLimiter, defaultLimiter, itemExponentialLimiter, maxOf } from './rate-limiter.ts'
import { TokenBucket } from './token-bucket.ts'

describe('itemExponentialLimiter', () => {
  it('doubles per key up to the cap, without jitter, until the key is forgotten', () => {
    const limiter = itemExponentialLimiter({ baseMs: 1000, maxMs: 300_000 })
    const waits = Array.from({ length: 11 }, () => limiter.delayMs('a'))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000])
    expect(limiter.delayMs('b')).toBe(1000)
    limiter.forget('a')
    expect(limiter.delayMs('a')).toBe(1000)
  })

  it('stays at the cap after thousands of failures', () => {
    const limiter = itemExponentialLimiter({ baseMs: 5, maxMs: 1_000_000 })
    for (let failure = 0; failure < 5000; failure++) limiter.delayMs('a')
    expect(limiter.delayMs('a')).toBe(1_000_000)
  })

  it('adds jitter when asked to', () => {
    const limiter = itemExponentialLimiter({ baseMs: 1000, maxMs: 4000, jitter: 0.5, random: () => 0.5 })
    expect(limiter.delayMs('a')).toBe(1250)
  })
})

describe('bucketLimiter', () => {
  it('lets a burst through, then makes each wait its turn', async () => {
    const clock = new FakeClock()
    const limiter = bucketLimiter({ qps: 10, burst: 2, clock })
    expect([limiter.delayMs('a'), limiter.delayMs('b'), limiter.delayMs('c'), limiter.delayMs('d')]).toEqual([
      0, 0, 100, 200,
    ])
    await clock.advance(400)
    expect(limiter.delayMs('e')).toBe(0)
  })
})

describe('TokenBucket', () => {
  it('tryTake takes nothing from the future', async () => {
    const clock = new FakeClock()
    const bucket = new TokenBucket({ qps: 1, burst: 1, clock })
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, false, false])
    await clock.advance(1000)
    expect(bucket.tryTake()).toBe(true)
  })
})

describe('maxOf', () => {
  it('asks every limiter and waits as long as the strictest', () => {
    const clock = new FakeClock()
    const limiter = maxOf(
      itemExponentialLimiter({ baseMs: 5, maxMs: 1000 }),
      bucketLimiter({ qps: 1, burst: 1, clock }),
    )
    expect(limiter.delayMs('a')).toBe(5)
    expect(limiter.delayMs('b')).toBe(1000)
    expect(limiter.failures('a')).toBe(1)
    limiter.forget('a')
    expect(limiter.failures('a')).toBe(0)
  })
})

describe('defaultLimiter', () => {
  it("has client-go's numbers: 5 ms to 1000 s per key", () => {
    const limiter = defaultLimiter(new FakeClock())
    expect(limiter.delayMs('a')).toBe(5)
    for (let failure = 0; failure < 30; failure++) limiter.delayMs('a')
    expect(limiter.delayMs('a')).toBe(1_000_000)
  })
})
