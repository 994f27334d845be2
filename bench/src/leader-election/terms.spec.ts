import { describe, expect, it } from 'vitest'
import { type Act, mostUnheldActs, overlaps, termsOf } from './terms.ts'

function act(candidate: string, term: number, atMs: number): Act {
  return { candidate, term, atMs, holds: true }
}

describe('termsOf', () => {
  it('spans from the first to the last act of each term, however the acts arrive', () => {
    expect(termsOf([act('b', 1, 30), act('a', 1, 20), act('a', 1, 10), act('a', 2, 50)])).toEqual([
      { candidate: 'a', firstMs: 10, lastMs: 20 },
      { candidate: 'b', firstMs: 30, lastMs: 30 },
      { candidate: 'a', firstMs: 50, lastMs: 50 },
    ])
  })
})

describe('overlaps', () => {
  it.each([
    { why: 'one after the other', acts: [act('a', 1, 0), act('a', 1, 9), act('b', 1, 10), act('a', 2, 20)], count: 0 },
    { why: 'the first goes on', acts: [act('a', 1, 0), act('b', 1, 5), act('a', 1, 9), act('b', 1, 20)], count: 1 },
    { why: 'one inside the other', acts: [act('a', 1, 0), act('b', 1, 5), act('b', 1, 6), act('a', 1, 9)], count: 1 },
    { why: 'at the same moment', acts: [act('a', 1, 5), act('b', 1, 5)], count: 1 },
    { why: 'two terms of one candidate', acts: [act('a', 1, 0), act('a', 1, 9), act('a', 2, 5)], count: 0 },
    {
      why: 'one long term over two others',
      acts: [act('a', 1, 0), act('b', 1, 2), act('c', 1, 4), act('a', 1, 9)],
      count: 2,
    },
  ])('$why: $count', ({ acts, count }) => {
    expect(overlaps(termsOf(acts))).toHaveLength(count)
  })
})

describe('mostUnheldActs', () => {
  it('counts per term', () => {
    const unheld = (candidate: string, term: number): Act => ({ ...act(candidate, term, 0), holds: false })
    const acts = [act('a', 1, 0), unheld('a', 1), unheld('a', 2), unheld('b', 1), unheld('b', 1)]
    expect(mostUnheldActs(acts)).toBe(2)
    expect(mostUnheldActs([act('a', 1, 0)])).toBe(0)
  })
})
