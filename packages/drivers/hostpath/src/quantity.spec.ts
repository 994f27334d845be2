import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuantityBytes } from './quantity.ts'

describe('parseQuantityBytes', () => {
  it.each([
    ['0', 0n],
    ['1024', 1024n],
    ['+5', 5n],
    ['10Gi', 10n << 30n],
    ['1.5Gi', 3n << 29n],
    ['100G', 100_000_000_000n],
    ['1e9', 1_000_000_000n],
    ['1E3', 1_000n],
    ['1E', 1_000_000_000_000_000_000n],
    ['0.5Ki', 512n],
    ['1500m', 2n], // rounded up, as Kubernetes does
    ['1n', 1n],
    ['.5k', 500n],
    ['9Ei', 9n << 60n],
  ])('reads %s', (text, bytes) => {
    expect(parseQuantityBytes(text)).toBe(bytes)
  })

  it.each(['', ' 1', '1 Gi', '-1', 'Gi', '.', '1GB', '1gi', '0x10', '1e', '1e99999', 'NaN', '1,5Gi', '1.2.3'])(
    'refuses %j',
    (text) => {
      expect(() => parseQuantityBytes(text)).toThrow(`${JSON.stringify(text)} is not a quantity`)
    },
  )

  it('reads every plain number exactly (property)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 80n }), (bytes) => {
        expect(parseQuantityBytes(String(bytes))).toBe(bytes)
        expect(parseQuantityBytes(`${bytes}Ki`)).toBe(bytes * 1024n)
      }),
    )
  })
})
