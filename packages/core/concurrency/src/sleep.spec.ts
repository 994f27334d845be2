import { describe, expect, it } from 'vitest'
import { sleep } from './sleep.ts'
import { FakeClock } from './testing/index.ts'

describe('sleep', () => {
  it('resolves when the time has passed and not before', async () => {
    const clock = new FakeClock()
    const states: string[] = []
    void sleep(100, { clock }).then(() => states.push('awake'))
    await clock.advance(99)
    expect(states).toEqual([])
    await clock.advance(1)
    expect(states).toEqual(['awake'])
  })

  it('rejects with the reason of the signal and leaves no timer', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleeping = sleep(100, { clock, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    expect(clock.pendingTimers).toBe(0)
  })

  it('rejects at once when the signal has fired before, setting no timer', async () => {
    const clock = new FakeClock()
    await expect(sleep(1, { clock, signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over')
    expect(clock.pendingTimers).toBe(0)
  })
})
