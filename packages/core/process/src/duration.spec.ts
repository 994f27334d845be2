import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDurationMs } from './duration.ts'

describe('parseDurationMs', () => {
  it.each([
    { text: '0', ms: 0 },
    { text: '-0', ms: 0 },
    { text: '+5s', ms: 5_000 },
    { text: '300ms', ms: 300 },
    { text: '-250ms', ms: -250 },
    { text: '1m30s', ms: 90_000 },
    { text: '1h2m3.5s', ms: 3_723_500 },
    { text: '1.5h', ms: 5_400_000 },
    { text: '.5s', ms: 500 },
    { text: '5.s', ms: 5_000 },
    { text: '1us', ms: 0.001 },
    { text: '1µs', ms: 0.001 },
    { text: '1μs', ms: 0.001 },
    { text: '1ns', ms: 0.000001 },
    { text: '2562047h47m16.854775807s', ms: 9223372036854.775 },
  ])('reads $text', ({ text, ms }) => {
    expect(parseDurationMs(text)).toBe(ms)
  })

  it.each([
    { text: '', why: 'invalid duration ""' },
    { text: '10', why: 'missing unit in duration "10"' },
    { text: '1m30', why: 'missing unit in duration "1m30"' },
    { text: '5 s', why: 'unknown unit " s" in duration "5 s"' },
    { text: '5d', why: 'unknown unit "d" in duration "5d"' },
    { text: '1constructor', why: 'unknown unit "constructor"' },
    { text: '.s', why: 'invalid duration ".s"' },
    { text: 's', why: 'invalid duration "s"' },
    { text: '--1s', why: 'invalid duration "--1s"' },
    { text: '1e3s', why: 'unknown unit "e"' },
    { text: '2562048h', why: 'invalid duration "2562048h"' },
    { text: 'Infinity', why: 'invalid duration' },
  ])('refuses $text as Go does: $why', ({ text, why }) => {
    expect(() => parseDurationMs(text)).toThrow(why)
  })
})

describe('formatDuration', () => {
  it.each([
    { ms: 0, text: '0s' },
    { ms: 5_000, text: '5s' },
    { ms: 90_000, text: '1m30s' },
    { ms: 300_000, text: '5m0s' },
    { ms: 7_200_000, text: '2h0m0s' },
    { ms: 1_500, text: '1.5s' },
    { ms: 300, text: '300ms' },
    { ms: 0.25, text: '250µs' },
    { ms: 0.000001, text: '1ns' },
    { ms: -1_500, text: '-1.5s' },
  ])('writes $text', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('is what parseDurationMs reads back, to the nanosecond', () => {
    // Below 2^52 ns a millisecond fraction is exact enough to find the nanosecond again.
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }), (nanos) => {
        const ms = Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6
        expect(parseDurationMs(formatDuration(ms))).toBeCloseTo(ms, 6)
      }),
    )
  })

  it('is a fixed point for whole milliseconds of any size that Go takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms)
      }),
    )
  })
})
