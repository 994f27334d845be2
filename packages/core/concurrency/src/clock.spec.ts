import { describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'
import { FakeClock } from './testing/index.ts'

describe('systemClock', () => {
  it('fires a timer in a later turn, never inside setTimer', async () => {
    let fired = false
    const firing = new Promise<void>((resolve) => {
      systemClock.setTimer(-5, () => {
        fired = true
        resolve()
      })
    })
    expect(fired).toBe(false)
    await firing
  })

  it('tells whole milliseconds of wall time, which work as bigint', () => {
    expect(Number(BigInt(systemClock.now()))).toBeGreaterThan(Date.UTC(2024, 0, 1))
  })

  it.each([
    { delayMs: 2 ** 31 + 5, why: 'past 31 bits' },
    { delayMs: 3 * 2 ** 31, why: 'several times that' },
  ])('waits for a delay of $why instead of firing at once', ({ delayMs }) => {
    vi.useFakeTimers()
    try {
      const fired: string[] = []
      systemClock.setTimer(delayMs, () => fired.push('fired'))
      vi.advanceTimersByTime(delayMs - 1)
      expect(fired).toEqual([])
      vi.advanceTimersByTime(1)
      expect(fired).toEqual(['fired'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('never fires after Infinity, and can cancel it in a later step', () => {
    vi.useFakeTimers()
    try {
      const timer = systemClock.setTimer(Number.POSITIVE_INFINITY, () => expect.unreachable())
      vi.advanceTimersByTime(5 * 2 ** 31)
      timer.cancel()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('FakeClock', () => {
  it('fires timers in order of time, then of setting, and those set on the way', async () => {
    const clock = new FakeClock(1_000)
    const fired: string[] = []
    clock.setTimer(20, () => fired.push(`b at ${clock.monotonicMs()}`))
    clock.setTimer(10, () => {
      fired.push(`a at ${clock.monotonicMs()}`)
      clock.setTimer(5, () => fired.push(`nested at ${clock.monotonicMs()}`))
    })
    clock.setTimer(20, () => fired.push(`c at ${clock.monotonicMs()}`))
    clock.setTimer(31, () => expect.unreachable())
    await clock.advance(30)
    expect(fired).toEqual(['a at 10', 'nested at 15', 'b at 20', 'c at 20'])
    expect(clock.now()).toBe(1_030)
    expect(clock.pendingTimers).toBe(1)
  })

  it('lets promise chains started by a timer run before the next one', async () => {
    const clock = new FakeClock()
    const seen: string[] = []
    clock.setTimer(1, () => void Promise.resolve().then(() => seen.push('chain')))
    clock.setTimer(2, () => seen.push('second'))
    await clock.advance(2)
    expect(seen).toEqual(['chain', 'second'])
  })
})
