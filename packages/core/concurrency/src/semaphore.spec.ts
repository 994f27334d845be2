import { describe, expect, it } from 'vitest'
import { Semaphore } from './semaphore.ts'

describe('Semaphore', () => {
  it('never lets more run than it has permits, and runs all in order', async () => {
    const semaphore = new Semaphore(3)
    const started: number[] = []
    let running = 0
    let most = 0
    const work = Array.from({ length: 20 }, (_, index) =>
      semaphore.run(async () => {
        started.push(index)
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }),
    )
    await Promise.all(work)
    expect(most).toBe(3)
    expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('gives the permit back when the work fails, and skips who gave up waiting', async () => {
    const semaphore = new Semaphore(1)
    const controller = new AbortController()
    const failing = semaphore.run(() => Promise.reject(new Error('no')))
    const waiting = semaphore.run(async () => expect.unreachable(), { signal: controller.signal })
    const last = semaphore.run(async () => 'last')
    controller.abort(new Error('gave up'))
    await expect(failing).rejects.toThrow('no')
    await expect(waiting).rejects.toThrow('gave up')
    expect(await last).toBe('last')
    expect(await semaphore.run(async () => 'again')).toBe('again')
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses %s permits', (permits) => {
    expect(() => new Semaphore(permits)).toThrow(RangeError)
  })
})
