import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelayMs, createBackoff } from './backoff.ts'

describe('backoffDelayMs', () => {
  it.each([
    { failures: 0, expected: 1_000 },
    { failures: 1, expected: 2_000 },
    { failures: 3, expected: 8_000 },
    { failures: 9, expected: 300_000 },
    { failures: 100_000, expected: 300_000 },
  ])('is $expected ms after $failures failures, like the item limiter of client-go', ({ failures, expected }) => {
    expect(backoffDelayMs(failures, { baseMs: 1_000, maxMs: 300_000 })).toBe(expected)
  })

  it('stays between the wait without jitter and that plus its share', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, jitter, dice) => {
          const plain = backoffDelayMs(failures, { baseMs: 50, maxMs: 10_000, factor: 1.6 })
          const jittered = backoffDelayMs(failures, {
            baseMs: 50,
            maxMs: 10_000,
            factor: 1.6,
            jitter,
            random: () => dice,
          })
          expect(plain).toBeLessThanOrEqual(10_000)
          expect(jittered).toBeGreaterThanOrEqual(plain)
          expect(jittered).toBeLessThanOrEqual(plain * (1 + jitter))
        },
      ),
    )
  })
})

describe('createBackoff', () => {
  it('grows from failure to failure and starts over after reset', () => {
    const backoff = createBackoff({ baseMs: 10, maxMs: 35 })
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.failures]).toEqual([10, 20, 35, 3])
    backoff.reset()
    expect([backoff.failures, backoff.next()]).toEqual([0, 10])
  })
})
