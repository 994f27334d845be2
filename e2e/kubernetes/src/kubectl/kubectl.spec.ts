import { describe, expect, it } from 'vitest'
import { cells } from './kubectl.ts'

describe('cells', () => {
  it.each([
    { text: 'NAME   STATUS    AGE\ndata   Pending   5s\n', read: 'NAME | STATUS | AGE\ndata | Pending | AGE' },
    { text: 'db   1/1   3 (2d3h ago)   10m  \n', read: 'db | 1/1 | 3 (AGE ago) | AGE' },
    { text: '  deep:\tvalue\n', read: 'deep: | value' },
    { text: 'a:\n    b:  c\n', read: 'a:\n    b: | c' },
    { text: 'at 2026-11-22T09:00:00Z, Sun, 22 Nov 2026 09:00:00 +0000\n', read: 'at TIME, TIME' },
    { text: 'names like 5s-old, x5s and conf-1d stay\n', read: 'names like 5s-old, x5s and conf-1d stay' },
  ])('$text', ({ text, read }) => {
    expect(cells(text)).toBe(read)
  })
})
