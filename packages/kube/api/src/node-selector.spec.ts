import { describe, expect, it } from 'vitest'
import { matchesNodeSelectorTerms } from './node-selector.ts'

const zone = (operator: string, ...values: string[]) => ({ key: 'zone', operator, values })
const labels = { zone: 'a', size: '4' }

describe('matchesNodeSelectorTerms', () => {
  it.each([
    { why: 'no term', terms: [], expected: false },
    { why: 'an empty term', terms: [{}], expected: false },
    { why: 'a term that holds', terms: [{ matchExpressions: [zone('In', 'a', 'b')] }], expected: true },
    { why: 'a term that does not', terms: [{ matchExpressions: [zone('In', 'b')] }], expected: false },
    {
      why: 'one of two terms',
      terms: [{ matchExpressions: [zone('In', 'b')] }, { matchExpressions: [zone('NotIn', 'b')] }],
      expected: true,
    },
    {
      why: 'half a term',
      terms: [{ matchExpressions: [zone('In', 'a'), { key: 'size', operator: 'Gt', values: ['4'] }] }],
      expected: false,
    },
    {
      why: 'its name',
      terms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }],
      expected: true,
    },
    {
      why: 'another name',
      terms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['m'] }] }],
      expected: false,
    },
    { why: 'an unknown operator', terms: [{ matchExpressions: [zone('Like', 'a')] }], expected: false },
  ])('$why: $expected', ({ terms, expected }) => {
    expect(matchesNodeSelectorTerms(terms, labels, 'n')).toBe(expected)
  })
})
