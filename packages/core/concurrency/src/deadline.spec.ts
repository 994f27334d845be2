import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { DeadlineExceededError, withDeadline } from './deadline.ts'
import { FakeClock } from './testing/index.ts'

const never = (): Promise<never> => new Promise(() => {})

describe('withDeadline', () => {
  it('returns what the work returns and leaves nothing behind', async () => {
    const clock = new FakeClock()
    const { signal } = new AbortController()
    expect(await withDeadline(50, async () => 'done', { clock, signal })).toBe('done')
    expect(clock.pendingTimers).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('tells the work and the caller when time is up, even if the work does not listen', async () => {
    const clock = new FakeClock()
    let seen: AbortSignal | undefined
    const work = withDeadline(
      50,
      (signal) => {
        seen = signal
        return never()
      },
      { clock, what: 'probe' },
    )
    const outcome = Promise.allSettled([work])
    await clock.advance(49)
    expect(seen?.aborted).toBe(false)
    await clock.advance(1)
    expect(await outcome).toMatchObject([{ reason: { message: 'probe: context deadline exceeded' } }])
    expect(seen?.reason).toBeInstanceOf(DeadlineExceededError)
  })

  it('rejects with the reason of the signal when that fires first', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const work = withDeadline(50, never, { clock, signal: controller.signal })
    controller.abort(new Error('stop'))
    await expect(work).rejects.toThrow('stop')
    expect(clock.pendingTimers).toBe(0)
  })

  it('does not begin when the signal has fired before', async () => {
    const work = withDeadline(50, async () => expect.unreachable(), { signal: AbortSignal.abort(new Error('over')) })
    await expect(work).rejects.toThrow('over')
  })

  it('swallows the late failure of work that was given up on', async () => {
    const clock = new FakeClock()
    const late = Promise.withResolvers<never>()
    const work = withDeadline(50, () => late.promise, { clock })
    const outcome = Promise.allSettled([work])
    await clock.advance(50)
    expect(await outcome).toMatchObject([{ reason: { constructor: DeadlineExceededError } }])
    late.reject(new Error('nobody waits for this')) // an unhandled rejection would fail the run
    await clock.advance(1)
  })

  it('sets no timer for Infinity', async () => {
    const clock = new FakeClock()
    await withDeadline(Number.POSITIVE_INFINITY, async () => expect(clock.pendingTimers).toBe(0), { clock })
  })
})
