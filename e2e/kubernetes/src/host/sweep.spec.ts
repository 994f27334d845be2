import { describe, expect, it } from 'vitest'
import { cgroupRootFor, planSweep } from './sweep.ts'

describe('planSweep', () => {
  it('takes the cgroup roots of dead namespaces and leaves those of clusters that run', () => {
    const roots = [cgroupRootFor('4026532001'), cgroupRootFor('4026532002')]
    expect(planSweep(roots, new Set(['4026531836', '4026532002']))).toEqual([cgroupRootFor('4026532001')])
  })

  it('finds nothing on a clean machine', () => {
    expect(planSweep([], new Set(['4026531836']))).toEqual([])
  })
})
