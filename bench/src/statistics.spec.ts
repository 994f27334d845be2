import { expect, it } from 'vitest'
import { median, quantile } from './statistics.ts'

it.each([
  { values: [3], share: 0.5, is: 3 },
  { values: [9, 1, 5], share: 0.5, is: 5 },
  { values: [4, 1, 2, 3], share: 0.5, is: 2.5 },
  { values: [10, 20, 30, 40, 50], share: 0.9, is: 46 },
  { values: [10, 20], share: 1, is: 20 },
])('quantile($values, $share) is $is', ({ values, share, is }) => {
  expect(quantile(values, share)).toBeCloseTo(is)
})

it('there is no median of nothing', () => {
  expect(() => median([])).toThrow('a quantile of no values')
})
