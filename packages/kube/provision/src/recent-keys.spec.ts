import { describe, expect, it } from 'vitest'
import { RecentKeys } from './recent-keys.ts'

describe('RecentKeys', () => {
  it('forgets the oldest beyond its limit, and counts a key that is set again as new', () => {
    const keys = new RecentKeys<number>(2)
    keys.set('a', 1)
    keys.set('b', 2)
    keys.set('a', 3)
    keys.set('c', 4)
    expect([keys.get('a'), keys.get('b'), keys.get('c')]).toEqual([3, undefined, 4])
  })
})
