import { describe, expect, it } from 'vitest'
import { memoryTrend, residentBytes } from './memory.ts'

const mebibyte = 1024 * 1024
const samples = (length: number, at: (index: number) => number) =>
  Array.from({ length }, (_, index) => at(index) * mebibyte)

describe('memoryTrend', () => {
  it.each([
    { what: 'memory that stays', at: () => 100, isBounded: true },
    {
      what: 'memory that grows while it warms up',
      at: (index: number) => Math.min(100, 40 + index * 3),
      isBounded: true,
    },
    { what: 'memory that goes up and down', at: (index: number) => 100 + (index % 10) * 3, isBounded: true },
    {
      what: 'memory that grows by half a megabyte each second',
      at: (index: number) => 100 + index * 1.5,
      isBounded: false,
    },
    { what: 'memory that jumps at the end', at: (index: number) => (index < 65 ? 100 : 140), isBounded: false },
  ])('$what', ({ at, isBounded }) => {
    expect(memoryTrend(samples(90, at)).isBounded).toBe(isBounded)
  })

  it('needs samples', () => {
    expect(() => memoryTrend([1, 2])).toThrow('2 times only')
  })
})

describe('residentBytes', () => {
  it('is that of a living process', async () => {
    expect(await residentBytes(process.pid)).toBeGreaterThan(20 * mebibyte)
  })
})
