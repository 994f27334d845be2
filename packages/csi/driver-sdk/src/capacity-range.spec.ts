import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { chooseCapacityBytes, isWithinRange, parseCapacityRange } from './capacity-range.ts'

describe('parseCapacityRange', () => {
  it.each([
    { why: 'an absent range', range: undefined, parsed: { requiredBytes: 0n, limitBytes: undefined } },
    {
      why: 'zeros',
      range: { requiredBytes: 0n, limitBytes: 0n },
      parsed: { requiredBytes: 0n, limitBytes: undefined },
    },
    { why: 'a limit', range: { requiredBytes: 0n, limitBytes: 5n }, parsed: { requiredBytes: 0n, limitBytes: 5n } },
    {
      why: 'equal bounds',
      range: { requiredBytes: 5n, limitBytes: 5n },
      parsed: { requiredBytes: 5n, limitBytes: 5n },
    },
  ])('reads $why', ({ range, parsed }) => {
    expect(parseCapacityRange(range)).toEqual(parsed)
  })

  it.each([
    {
      range: { requiredBytes: -1n, limitBytes: 0n },
      message: 'capacity_range.required_bytes is -1, must not be negative',
    },
    {
      range: { requiredBytes: 0n, limitBytes: -1n },
      message: 'capacity_range.limit_bytes is -1, must not be negative',
    },
    {
      range: { requiredBytes: 2n, limitBytes: 1n },
      message: 'capacity_range.required_bytes 2 is above capacity_range.limit_bytes 1',
    },
  ])('refuses: $message', ({ range, message }) => {
    expect(() => parseCapacityRange(range)).toThrow(expect.objectContaining({ code: Code.InvalidArgument, message }))
  })
})

describe('chooseCapacityBytes', () => {
  it.each([
    { requiredBytes: 5n, options: {}, sizeBytes: 5n },
    { requiredBytes: 0n, options: { minimumBytes: 10n }, sizeBytes: 10n },
    { requiredBytes: 11n, options: { unitBytes: 10n }, sizeBytes: 20n },
    { requiredBytes: 20n, options: { unitBytes: 10n }, sizeBytes: 20n },
    { requiredBytes: 1n, options: { unitBytes: 4n, minimumBytes: 10n }, sizeBytes: 12n },
  ])('makes $sizeBytes of $requiredBytes with $options', ({ requiredBytes, options, sizeBytes }) => {
    expect(chooseCapacityBytes({ requiredBytes, limitBytes: undefined }, options)).toBe(sizeBytes)
  })

  it('refuses what rounding lifts above the limit, and what is too large', () => {
    expect(() => chooseCapacityBytes({ requiredBytes: 5n, limitBytes: 9n }, { unitBytes: 10n })).toThrow(
      expect.objectContaining({ code: Code.OutOfRange }),
    )
    expect(() => chooseCapacityBytes({ requiredBytes: 5n, limitBytes: undefined }, { maximumBytes: 4n })).toThrow(
      expect.objectContaining({ code: Code.OutOfRange }),
    )
  })
})

describe('isWithinRange', () => {
  it('compares with both bounds', () => {
    expect(isWithinRange(5n, { requiredBytes: 5n, limitBytes: undefined })).toBe(true)
    expect(isWithinRange(4n, { requiredBytes: 5n, limitBytes: undefined })).toBe(false)
    expect(isWithinRange(6n, { requiredBytes: 5n, limitBytes: 5n })).toBe(false)
  })
})
