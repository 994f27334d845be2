import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FieldRequirement, formatFieldSelector, matchesFields, parseFieldSelector } from './field-selector.ts'

describe('parseFieldSelector', () => {
  it.each<[string, FieldRequirement[]]>([
    ['', []],
    ['metadata.name=a', [{ field: 'metadata.name', operator: '=', value: 'a' }]],
    ['metadata.name==a', [{ field: 'metadata.name', operator: '=', value: 'a' }]],
    ['a!=', [{ field: 'a', operator: '!=', value: '' }]],
    [
      'a=b,c!=d',
      [
        { field: 'a', operator: '=', value: 'b' },
        { field: 'c', operator: '!=', value: 'd' },
      ],
    ],
    ['a=x\\,y\\=z\\\\', [{ field: 'a', operator: '=', value: 'x,y=z\\' }]],
  ])('reads %s', (text, requirements) => {
    expect(parseFieldSelector(text)).toEqual(requirements)
  })

  it.each(['a', '=b', 'a=b,c', 'a=\\x', 'a=b\\'])('refuses %s', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(`field selector "${text}": `)
  })

  it('reads what formatFieldSelector writes', () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z]+(\.[a-z]+)*$/),
      operator: fc.constantFrom('=', '!='),
      value: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        expect(parseFieldSelector(formatFieldSelector(requirements))).toEqual(requirements)
      }),
    )
  })
})

describe('matchesFields', () => {
  const object = { metadata: { name: 'a' }, spec: { nodeName: '', unschedulable: true, replicas: 2 } }

  it.each([
    ['metadata.name=a', true],
    ['metadata.name!=a', false],
    ['metadata.name=b', false],
    ['spec.nodeName=', true],
    ['spec.missing=', true],
    ['spec.missing!=x', true],
    ['spec.unschedulable=true', true],
    ['spec.replicas=2', true],
    ['metadata.name=a,spec.nodeName=n', false],
    ['metadata.constructor.name=Object', false],
    ['metadata=', true],
  ])('%s: %s', (selector, expected) => {
    expect(matchesFields(parseFieldSelector(selector), object)).toBe(expected)
  })
})
