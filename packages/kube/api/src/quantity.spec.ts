import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBytes, parseQuantity, Quantity, quantityToBytes } from './quantity.ts'

const nanosPerUnit = 10n ** 9n
const max = 2n ** 63n - 1n

describe('parseQuantity', () => {
  it.each([
    ['0', 0n],
    ['12', 12n * nanosPerUnit],
    ['+1.5', 1_500_000_000n],
    ['-.5', -500_000_000n],
    ['5.', 5n * nanosPerUnit],
    ['1n', 1n],
    ['1u', 1_000n],
    ['250m', 250_000_000n],
    ['1k', 1_000n * nanosPerUnit],
    ['1M', 10n ** 6n * nanosPerUnit],
    ['1G', 10n ** 9n * nanosPerUnit],
    ['1T', 10n ** 12n * nanosPerUnit],
    ['1P', 10n ** 15n * nanosPerUnit],
    ['1E', 10n ** 18n * nanosPerUnit],
    ['1Ki', 2n ** 10n * nanosPerUnit],
    ['1Mi', 2n ** 20n * nanosPerUnit],
    ['1.5Gi', 3n * 2n ** 29n * nanosPerUnit],
    ['1Ti', 2n ** 40n * nanosPerUnit],
    ['1Pi', 2n ** 50n * nanosPerUnit],
    ['1Ei', 2n ** 60n * nanosPerUnit],
    ['1e3', 1_000n * nanosPerUnit],
    ['1E3', 1_000n * nanosPerUnit],
    ['12e-1', 1_200_000_000n],
    ['1e+2', 100n * nanosPerUnit],
  ])('reads %s', (text, nanos) => {
    expect(parseQuantity(text).nanos).toBe(nanos)
  })

  it.each([
    '',
    ' ',
    '.',
    '+',
    'Gi',
    '1 Gi',
    '1gi',
    '1ki',
    '1K',
    '1Gib',
    '1e',
    '1e1.5',
    '0x10',
    '1,5',
    '--1',
    '1Gi1',
    'NaN',
    'Infinity',
    '１',
  ])('refuses "%s" and names it', (text) => {
    expect(() => parseQuantity(text)).toThrow(`"${text}" is not a quantity: want`)
  })

  it.each([
    { why: 'rounds away from zero below a nano', text: '0.1n', nanos: 1n },
    { why: 'rounds away from zero below a nano, negative', text: '-1.5n', nanos: -2n },
    { why: 'never makes nothing of something', text: '1e-999999999999', nanos: 1n },
    { why: 'caps at the largest int64', text: '100E', nanos: max * nanosPerUnit },
    { why: 'caps at the largest int64, negative', text: '-1e999999999999', nanos: -max * nanosPerUnit },
    { why: 'keeps zero zero whatever the exponent', text: '0e999999999999', nanos: 0n },
  ])('$why', ({ text, nanos }) => {
    expect(parseQuantity(text).nanos).toBe(nanos)
  })
})

describe('the canonical form', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['-0', '0'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.5', '500m'],
    ['1000k', '1M'],
    ['1024', '1024'],
    ['1000', '1k'],
    ['0.5Ki', '512'],
    ['0.5Mi', '512Ki'],
    ['1.1Ki', '1126400m'],
    ['1000000e3', '1e9'],
    ['10e0', '10'],
    ['1e-3', '1e-3'],
    ['-2Gi', '-2Gi'],
    ['1234567890123', '1234567890123'],
  ])('of %s is %s', (text, canonical) => {
    expect(parseQuantity(text).toString()).toBe(canonical)
    expect(JSON.stringify({ q: parseQuantity(text) })).toBe(JSON.stringify({ q: canonical }))
  })

  it('has the same value, and is its own canonical form', () => {
    const suffix = fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e3',
      'E-6',
      'e+1',
    )
    const number = fc.tuple(fc.constantFrom('', '-', '+'), fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.option(fc.nat()))
    fc.assert(
      fc.property(number, suffix, ([sign, whole, fraction], unit) => {
        const quantity = parseQuantity(`${sign}${whole}${fraction === null ? '' : `.${fraction}`}${unit}`)
        const canonical = quantity.toString()
        expect(parseQuantity(canonical).nanos).toBe(quantity.nanos)
        expect(parseQuantity(canonical).toString()).toBe(canonical)
        expect(canonical).not.toContain('.')
      }),
    )
  })
})

describe('bytes', () => {
  it.each([
    ['1Gi', 1_073_741_824n],
    ['1500m', 2n],
    ['1n', 1n],
    ['0.1Ki', 103n],
    ['-1500m', -2n],
    ['8Ei', max],
  ])('of %s are %i, rounded up', (text, bytes) => {
    expect(quantityToBytes(text)).toBe(bytes)
  })

  it.each([
    [0n, '0'],
    [1n, '1'],
    [1000n, '1k'],
    [1023n, '1023'],
    [1024n, '1Ki'],
    [1025n, '1025'],
    [2n ** 60n, '1Ei'],
    [10_000_000_000n, '9765625Ki'],
    [10_000_000_001n, '10000000001'],
  ])('%i are written %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -max, max }), (bytes) => {
        expect(quantityToBytes(formatBytes(bytes))).toBe(bytes)
      }),
    )
  })
})

describe('arithmetic', () => {
  it('compares by value, not by spelling', () => {
    expect(parseQuantity('1Gi').compare(parseQuantity('1024Mi'))).toBe(0)
    expect(parseQuantity('1G').compare(parseQuantity('1Gi'))).toBeLessThan(0)
    expect(parseQuantity('1').compare(parseQuantity('999m'))).toBeGreaterThan(0)
  })

  it('adds in the format of the first', () => {
    expect(parseQuantity('1Gi').plus(parseQuantity('1024')).toString()).toBe('1048577Ki')
    expect(new Quantity(max * nanosPerUnit, 'DecimalSI').plus(parseQuantity('1')).nanos).toBe(max * nanosPerUnit)
  })
})
