import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { parseRule, parseRules, toAction } from './script-text.ts'

describe('parseRule', () => {
  it.each([
    { rule: {}, message: 'place is missing, allowed: before, after' },
    { rule: { place: 'during' }, message: 'place is "during", allowed: before, after' },
    { rule: { place: 'before' }, message: 'method is missing, allowed: the name of an RPC, *' },
    {
      rule: { place: 'before', method: 'Probe', kind: 'explode' },
      message: 'kind is "explode", allowed: hold, delay, fail, cut, kill',
    },
    { rule: { place: 'before', method: 'Probe', kind: 'delay' }, message: 'ms is missing, allowed: milliseconds' },
    {
      rule: { place: 'before', method: 'Probe', kind: 'fail', code: 'Nope' },
      message: 'code is "Nope", allowed: OK, Canceled',
    },
    {
      rule: { place: 'before', method: 'Probe', kind: 'cut', times: -1 },
      message: 'times is -1, allowed: a number of calls, 0 for all',
    },
    {
      rule: { place: 'before', method: 'Probe', kind: 'cut', when: 'x' },
      message: 'when is "x", allowed: fields of the request',
    },
    { rule: 'x', message: 'a rule is an object' },
  ])('refuses: $message', ({ rule, message }) => {
    expect(() => parseRule(rule)).toThrow(message)
  })
})

describe('parseRules', () => {
  it('reads a list and says which rule is wrong', () => {
    expect(parseRules('[{"place":"after","method":"CreateVolume","kind":"hold"}]')).toHaveLength(1)
    expect(() => parseRules('[{"place":"after","method":"CreateVolume","kind":"hold"},{}]')).toThrow(
      'rule 1: place is missing',
    )
    expect(() => parseRules('{}')).toThrow('a script is a list of rules')
  })
})

describe('toAction', () => {
  const base = { place: 'before', method: 'CreateVolume' } as const

  it.each([
    { rule: { ...base, kind: 'delay', ms: 5 } as const, action: { kind: 'delay', ms: 5 } },
    {
      rule: { ...base, kind: 'fail', code: 'NotFound', message: 'gone' } as const,
      action: { kind: 'fail', code: Code.NotFound, message: 'gone' },
    },
    { rule: { ...base, kind: 'hold', times: 0 } as const, action: { kind: 'hold', times: Number.POSITIVE_INFINITY } },
    { rule: { ...base, kind: 'cut', times: 2 } as const, action: { kind: 'cut', times: 2 } },
  ])('makes $action', ({ rule, action }) => {
    expect(toAction(rule, () => {})).toMatchObject(action)
  })

  it.each([
    { when: { name: 'a' }, matches: true },
    { when: { name: 'b' }, matches: false },
    { when: { capacityRange: { requiredBytes: 5 } }, matches: true },
    { when: { capacityRange: { requiredBytes: 6 } }, matches: false },
    { when: { parameters: { type: 'fast' } }, matches: true },
    { when: { missing: { deep: 1 } }, matches: false },
  ])('$when matches the request: $matches', ({ when, matches }) => {
    const request = { name: 'a', capacityRange: { requiredBytes: 5n }, parameters: { type: 'fast', other: 'x' } }
    expect(toAction({ ...base, kind: 'hold', when }, () => {}).when?.(request)).toBe(matches)
  })
})
