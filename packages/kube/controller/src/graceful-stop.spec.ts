import { FakeClock } from '@csi-ts/concurrency/testing'
import { describe, expect, it } from 'vitest'
import { GracefulStop, stopGracefully, WorkAbandonedError, workSignal } from './graceful-stop.ts'

/** Work that ends when told to, and notes when its two signals fire. */
function setup({ obeys = true } = {}) {
  const clock = new FakeClock()
  const stop = new AbortController()
  const cut = new AbortController()
  const notes: string[] = []
  const finish = Promise.withResolvers<string>()
  const ended = stopGracefully(stop.signal, { clock, drainMs: 1000, cut: cut.signal }, (signal) => {
    signal.addEventListener('abort', () => notes.push(`stop at ${clock.monotonicMs()}`))
    const work = workSignal(signal)
    work.signal.addEventListener('abort', () => {
      notes.push(`end at ${clock.monotonicMs()}: ${String(work.signal.reason)}`)
      if (obeys) finish.reject(work.signal.reason)
    })
    return finish.promise
  })
  return { clock, stop, cut, notes, finish, ended }
}

describe('stopGracefully', () => {
  it('lets work finish in its grace', async () => {
    const { clock, stop, notes, finish, ended } = setup()
    stop.abort(new Error('SIGTERM'))
    await clock.advance(900)
    finish.resolve('finished')
    expect(await ended).toBe('finished')
    expect(notes).toEqual(['stop at 0'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('ends work when the grace is over, with the reason of the stop', async () => {
    const { clock, stop, notes, ended } = setup()
    await clock.advance(10)
    stop.abort(new Error('SIGTERM'))
    const outcome = Promise.allSettled([ended])
    await clock.advance(1000)
    expect(notes).toEqual(['stop at 10', 'end at 1010: Error: SIGTERM'])
    expect(await outcome).toMatchObject([{ reason: new Error('SIGTERM') }])
  })

  it('a cut ends work at once, before a stop and during its grace', async () => {
    const { clock, cut, notes, ended } = setup()
    cut.abort(new Error('lost'))
    await expect(ended).rejects.toThrow('lost')
    expect(notes).toEqual(['stop at 0', 'end at 0: Error: lost'])
    const other = setup()
    other.stop.abort()
    await other.clock.advance(300)
    other.cut.abort(new Error('lost'))
    await expect(other.ended).rejects.toThrow('lost')
    expect(other.notes).toEqual(['stop at 0', 'end at 300: Error: lost'])
    expect([clock.pendingTimers, other.clock.pendingTimers]).toEqual([0, 0])
  })

  it('gives up on work that ignores all of it: soon after a cut, later after a grace', async () => {
    const cut = setup({ obeys: false })
    const cutEnd = Promise.allSettled([cut.ended])
    cut.cut.abort()
    await cut.clock.advance(500)
    expect(await cutEnd).toMatchObject([
      { reason: new WorkAbandonedError('gave up waiting for work that ignores its signal') },
    ])
    const stopped = setup({ obeys: false })
    const stoppedEnd = Promise.allSettled([stopped.ended])
    stopped.stop.abort()
    await stopped.clock.advance(6000)
    expect(await stoppedEnd).toMatchObject([{ status: 'rejected' }])
    expect(stopped.clock.pendingTimers).toBe(0)
  })

  it('is over at once when the signal has fired before', async () => {
    const clock = new FakeClock()
    const reason = await stopGracefully(
      AbortSignal.abort(),
      { clock, drainMs: 1000 },
      async (signal) => signal.reason as unknown,
    )
    expect(reason).toBeInstanceOf(GracefulStop)
    expect(clock.pendingTimers).toBe(0)
  })
})
