import { expect, it } from 'vitest'
import { ageText } from './cells.ts'

const start = Date.parse('2026-01-01T00:00:00Z')

it.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [200, '3m20s'],
  [600, '10m'],
  [10_799, '179m'],
  [10_800, '3h'],
  [12_600, '3h30m'],
  [100_000, '27h'],
  [200_000, '2d7h'],
  [864_000, '10d'],
  [70_000_000, '2y80d'],
])('after %i seconds an age is %s', (seconds, text) => {
  expect(ageText('2026-01-01T00:00:00Z', start + seconds * 1000)).toBe(text)
})

it('an age without a start is unknown', () => {
  expect(ageText(undefined, start)).toBe('<unknown>')
})

it('an age from what is no time, or from the future, is invalid', () => {
  expect(ageText('yesterday', start)).toBe('<invalid>')
  expect(ageText('2026-01-01T00:00:02Z', start)).toBe('<invalid>')
})
