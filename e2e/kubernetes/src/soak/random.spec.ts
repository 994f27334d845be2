import { describe, expect, it } from 'vitest'
import { createRandom } from './random.ts'

describe('createRandom', () => {
  it('repeats itself with the same seed, and not with another', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed)
      return Array.from({ length: 50 }, () => random.between(1, 1_000))
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(8)).not.toEqual(draw(7))
  })

  it('draws every item, and nothing outside', () => {
    const random = createRandom(1)
    const drawn = new Set(Array.from({ length: 200 }, () => random.pick(['a', 'b', 'c'])))
    expect([...drawn].toSorted()).toEqual(['a', 'b', 'c'])
    expect(() => random.pick([])).toThrow('nothing to pick from')
  })
})
