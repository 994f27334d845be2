import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toJsonText, toPrintable } from './printable.ts'
import { Secret } from './secret.ts'

const text = (value: unknown): string => toJsonText(toPrintable(value))

describe('toPrintable', () => {
  it.each([
    { why: 'bigint as a number', value: { sizeBytes: 2n ** 63n - 1n }, expected: '{"sizeBytes":9223372036854775807}' },
    { why: 'undefined members left out', value: { a: undefined, b: null }, expected: '{"b":null}' },
    { why: 'undefined elements kept', value: [undefined, 1], expected: '[null,1]' },
    { why: 'numbers that JSON lacks', value: [Number.NaN, Number.POSITIVE_INFINITY], expected: '["NaN","Infinity"]' },
    { why: 'dates', value: new Date(0), expected: '"1970-01-01T00:00:00.000Z"' },
    { why: 'invalid dates', value: new Date(Number.NaN), expected: '"Invalid Date"' },
    { why: 'errors with causes', value: { e: new Error('a', { cause: new Error('b') }) }, expected: '{"e":"a: b"}' },
    { why: 'functions by name', value: { f: text }, expected: '{"f":"<function text>"}' },
    { why: 'symbols', value: Symbol('s'), expected: '"Symbol(s)"' },
    { why: 'bytes by count', value: { b: new Uint8Array(5) }, expected: '{"b":"<5 bytes>"}' },
    {
      why: 'maps',
      value: new Map<unknown, unknown>([
        ['a', 1],
        [true, 'b'],
      ]),
      expected: '{"a":1,"true":"b"}',
    },
    { why: 'sets', value: new Set(['a']), expected: '["a"]' },
    { why: 'toJSON', value: { at: { toJSON: () => ({ x: 1n }) } }, expected: '{"at":{"x":1}}' },
  ])('shows $why', ({ value, expected }) => {
    expect(text(value)).toBe(expected)
  })

  it.each([
    { why: 'a Secret at any depth', value: { a: [{ b: new Secret('hunter2') }] } },
    { why: 'secrets of a CSI request', value: { volumeId: 'v', secrets: { user: 'hunter2' } } },
    { why: 'a token, whatever the case of its name', value: { Token: 'hunter2' } },
    {
      why: 'the data of a Kubernetes Secret',
      value: { kind: 'Secret', data: { key: 'hunter2' }, stringData: { k: 'hunter2' } },
    },
    {
      why: 'service account tokens of a volume context',
      value: { volumeContext: { 'csi.storage.k8s.io/serviceAccount.tokens': 'hunter2' } },
    },
    { why: 'the map entry of that name', value: new Map([['password', 'hunter2']]) },
  ])('strips $why', ({ value }) => {
    expect(text(value)).toContain('***stripped***')
    expect(text(value)).not.toContain('hunter2')
  })

  it('survives cycles, but shows an object twice when it is only shared', () => {
    const shared = { x: 1 }
    const loop: Record<string, unknown> = { shared, again: shared }
    loop['self'] = loop
    expect(text(loop)).toBe('{"shared":{"x":1},"again":{"x":1},"self":"<circular>"}')
  })

  it('survives getters and toJSON that throw, and revoked proxies', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const value = [
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
      proxy,
    ]
    expect(text(value)).toMatch(/^\["<unprintable: no>","<unprintable: .*>"\]$/)
  })

  it.each([
    { why: 'long texts', value: 'x'.repeat(1_000_000) },
    { why: 'long lists', value: Array.from({ length: 100_000 }, (_, index) => index) },
    {
      why: 'wide objects',
      value: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index])),
    },
  ])('bounds $why', ({ value }) => {
    expect(text(value).length).toBeLessThan(20_000)
  })

  it('bounds depth', () => {
    let deep: unknown = 'bottom'
    for (let level = 0; level < 10_000; level++) deep = { deep }
    expect(text(deep)).toContain('"<too deep>"')
  })

  it('makes one line of valid JSON from anything', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          const line = text(value)
          expect(line).not.toContain('\n')
          JSON.parse(line)
        },
      ),
    )
  })
})
