import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatLabelSelector,
  type LabelRequirement,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from './label-selector.ts'

describe('parseLabelSelector', () => {
  it.each<[string, LabelRequirement[]]>([
    ['', []],
    ['  ', []],
    ['a=b', [{ key: 'a', operator: 'In', values: ['b'] }]],
    ['a==b', [{ key: 'a', operator: 'In', values: ['b'] }]],
    ['a = b', [{ key: 'a', operator: 'In', values: ['b'] }]],
    ['a=', [{ key: 'a', operator: 'In', values: [''] }]],
    ['a!=b', [{ key: 'a', operator: 'NotIn', values: ['b'] }]],
    ['a in (y, x)', [{ key: 'a', operator: 'In', values: ['x', 'y'] }]],
    ['a notin (x)', [{ key: 'a', operator: 'NotIn', values: ['x'] }]],
    ['a in (x,)', [{ key: 'a', operator: 'In', values: ['', 'x'] }]],
    ['example.com/a', [{ key: 'example.com/a', operator: 'Exists', values: [] }]],
    ['!a', [{ key: 'a', operator: 'DoesNotExist', values: [] }]],
    ['! a', [{ key: 'a', operator: 'DoesNotExist', values: [] }]],
    ['a>5', [{ key: 'a', operator: 'Gt', values: ['5'] }]],
    ['a<5', [{ key: 'a', operator: 'Lt', values: ['5'] }]],
    [
      'a in (x,y),b,!c,d=e',
      [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'Exists', values: [] },
        { key: 'c', operator: 'DoesNotExist', values: [] },
        { key: 'd', operator: 'In', values: ['e'] },
      ],
    ],
  ])('reads "%s"', (text, requirements) => {
    expect(parseLabelSelector(text)).toEqual(requirements)
  })

  it.each([
    ['a=b c', '"b c" is not a label value'],
    ['a in x', '"a in x" is not a label key'],
    ['a in (x', '"a in (x" is not a label key'],
    ['-a', '"-a" is not a label key'],
    ['a/b/c', '"a/b/c" is not a label key'],
    ['A.com/x', '"A.com/x" is not a label key'],
    ['a=-', '"-" is not a label value'],
    ['a>x', '"x" is not an integer'],
    ['a<-5', '"-5" is not a label value'],
    ['a,,b', '"" is not a label key'],
    ['a=b,', '"" is not a label key'],
    [`a=${'x'.repeat(64)}`, 'is not a label value'],
    ['x'.repeat(64), 'is not a label key'],
    ['=a', 'is not a label key'],
  ])('refuses "%s"', (text, says) => {
    expect(() => parseLabelSelector(text)).toThrow(`label selector "${text}": `)
    expect(() => parseLabelSelector(text)).toThrow(says)
  })

  it('reads what formatLabelSelector writes', () => {
    const key = fc.stringMatching(/^([a-z]([-a-z]{0,5}[a-z])?\/)?[A-Za-z0-9]([-\w.]{0,8}[A-Za-z0-9])?$/)
    const value = fc.stringMatching(/^([A-Za-z0-9]([-\w.]{0,8}[A-Za-z0-9])?)?$/)
    const values = fc.uniqueArray(value, { minLength: 1 }).map((all) => all.toSorted())
    const integer = fc.nat().map((n) => [String(n)])
    const requirement = fc.oneof(
      fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
      fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist'), values: fc.constant([]) }),
      fc.record({ key, operator: fc.constantFrom('Gt', 'Lt'), values: integer }),
    )
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        expect(parseLabelSelector(formatLabelSelector(requirements))).toEqual(requirements)
      }),
    )
  })
})

describe('matchesLabels', () => {
  const labels = { a: '5', b: 'x' }

  it.each([
    ['', true],
    ['b=x', true],
    ['b=y', false],
    ['c=y', false],
    ['b!=y', true],
    ['b!=x', false],
    ['c!=y', true],
    ['b in (x,y)', true],
    ['b in (y)', false],
    ['b notin (x)', false],
    ['c notin (x)', true],
    ['b', true],
    ['c', false],
    ['!c', true],
    ['!b', false],
    ['a>4', true],
    ['a>5', false],
    ['a<6', true],
    ['a<5', false],
    ['b>1', false],
    ['c<1', false],
    ['b=x,c', false],
    ['constructor', false],
  ])('%s: %s', (selector, expected) => {
    expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(expected)
  })

  it('treats an absent selector as nothing, an empty one as everything, and no labels as none', () => {
    expect(matchesLabels(undefined, labels)).toBe(false)
    expect(matchesLabels({}, labels)).toBe(true)
    expect(matchesLabels([], undefined)).toBe(true)
    expect(matchesLabels({ matchLabels: { a: '5' } }, undefined)).toBe(false)
  })

  it('takes the selector of an object', () => {
    const selector = {
      matchLabels: { b: 'x' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['5', '6'] },
        { key: 'c', operator: 'DoesNotExist' },
      ],
    }
    expect(matchesLabels(selector, labels)).toBe(true)
    expect(matchesLabels(selector, { ...labels, c: '' })).toBe(false)
    expect(matchesLabels(selector, { ...labels, b: 'y' })).toBe(false)
  })
})

describe('labelRequirements', () => {
  it.each([
    {
      why: 'an unknown operator',
      expression: { key: 'a', operator: 'Gt', values: ['1'] },
      says: '"Gt" is not a selector operator',
    },
    { why: 'In without values', expression: { key: 'a', operator: 'In' }, says: 'label a: operator In needs values' },
    {
      why: 'Exists with values',
      expression: { key: 'a', operator: 'Exists', values: ['x'] },
      says: 'label a: operator Exists takes no values',
    },
  ])('refuses $why', ({ expression, says }) => {
    expect(() => labelRequirements({ matchExpressions: [expression] })).toThrow(says)
  })
})
