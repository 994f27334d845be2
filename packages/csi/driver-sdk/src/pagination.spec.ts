import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { paginate } from './pagination.ts'

const id = (item: string): string => item

function pages(items: readonly string[], maxEntries: number): string[][] {
  const all: string[][] = []
  let startingToken = ''
  do {
    const { entries, nextToken } = paginate(items, { startingToken, maxEntries }, id)
    all.push([...entries])
    startingToken = nextToken
  } while (startingToken !== '')
  return all
}

describe('paginate', () => {
  it.each([
    { maxEntries: 0, expected: [['a', 'b', 'c']] },
    { maxEntries: 2, expected: [['a', 'b'], ['c']] },
    { maxEntries: 3, expected: [['a', 'b', 'c']] },
    { maxEntries: 9, expected: [['a', 'b', 'c']] },
  ])('gives pages of $maxEntries and no token with the last (must get right 9)', ({ maxEntries, expected }) => {
    expect(pages(['c', 'a', 'b'], maxEntries)).toEqual(expected)
  })

  it('gives an empty page of an empty list', () => {
    expect(paginate([], { startingToken: '', maxEntries: 5 }, id)).toEqual({ entries: [], nextToken: '' })
  })

  it('neither repeats nor hides what stays, when others come and go between pages', () => {
    const first = paginate(['a', 'b', 'c', 'd'], { startingToken: '', maxEntries: 2 }, id)
    const second = paginate(['a', 'aa', 'c', 'd'], { startingToken: first.nextToken, maxEntries: 0 }, id)
    expect(second.entries).toEqual(['c', 'd'])
  })

  it('returns all the rest for a token without a limit', () => {
    const { nextToken } = paginate(['a', 'b', 'c'], { startingToken: '', maxEntries: 1 }, id)
    expect(paginate(['a', 'b', 'c'], { startingToken: nextToken, maxEntries: 0 }, id).entries).toEqual(['b', 'c'])
  })

  it.each(['invalid-token', '1', ' '])('answers Aborted for the token %j', (startingToken) => {
    expect(() => paginate(['a'], { startingToken, maxEntries: 0 }, id)).toThrow(
      expect.objectContaining({ code: Code.Aborted }),
    )
  })
})
