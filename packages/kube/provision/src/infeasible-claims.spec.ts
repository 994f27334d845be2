import { FakeClock } from '@csi-ts/concurrency/testing'
import { describe, expect, it } from 'vitest'
import { InfeasibleClaims } from './infeasible-claims.ts'

describe('InfeasibleClaims', () => {
  it('waits until its time is up, and then forgets', async () => {
    const clock = new FakeClock()
    const claims = new InfeasibleClaims({ clock, delayMs: 300_000 })
    expect(claims.remainingMs('u1', 'c1')).toBe(0)
    expect(claims.add('u1', 'c1')).toBe(300_000)
    await clock.advance(100_000)
    expect(claims.remainingMs('u1', 'c1')).toBe(200_000)
    await clock.advance(200_000)
    expect(claims.remainingMs('u1', 'c1')).toBe(0)
  })

  it('does not wait when the class was replaced', () => {
    const claims = new InfeasibleClaims({ clock: new FakeClock(), delayMs: 300_000 })
    claims.add('u1', 'c1')
    expect(claims.remainingMs('u1', 'c2')).toBe(0)
    expect(claims.remainingMs('u1', 'c1')).toBe(0)
  })

  it('forgets a claim that is gone', () => {
    const claims = new InfeasibleClaims({ clock: new FakeClock(), delayMs: 300_000 })
    claims.add('u1', 'c1')
    claims.delete('u1')
    expect(claims.remainingMs('u1', 'c1')).toBe(0)
  })
})
