import { FakeClock } from '@csi-ts/concurrency/testing'
import { createMetrics, type WorkContext } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { type ControllerOptions, createController } from './controller.ts'
import { GracefulStop } from './graceful-stop.ts'
import { itemExponentialLimiter } from './queue/rate-limiter.ts'
import { done, type ReconcileResult, requeueAfter, TerminalError } from './reconciler.ts'

type Reconcile = (key: string, ctx: WorkContext) => Promise<ReconcileResult>

function setup(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock()
  const recorded = createLogRecorder()
  const stop = new AbortController()
  const calls: string[] = []
  const controller = createController({
    name: 'test',
    workers: 2,
    clock,
    log: recorded.log,
    queue: { limiter: itemExponentialLimiter({ baseMs: 1000, maxMs: 8000 }) },
    reconciler: {
      reconcile: (key, ctx) => {
        calls.push(key)
        return reconcile(key, ctx)
      },
    },
    ...options,
  })
  let ended = false
  const start = () => {
    const running = controller.run({ signal: stop.signal, log: recorded.log }).then(() => {
      ended = true
    })
    return running
  }
  return { clock, controller, calls, stop, start, ended: () => ended, lines: recorded.lines }
}

/** Work that goes on until it is told to end, or until its signal fires when it listens to it. */
function held({ listens = true } = {}) {
  let release: () => void = () => undefined
  const reasons: unknown[] = []
  const reconcile: Reconcile = (_key, { signal }) =>
    new Promise((resolve, reject) => {
      release = () => resolve(done)
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason)
        if (listens) reject(signal.reason)
      })
    })
  return { reconcile, reasons, release: () => release() }
}

describe('Controller', () => {
  it('done: no further call until the key is added again, failures forgotten', async () => {
    const { clock, controller, calls, start, stop } = setup(async () => done)
    void start()
    controller.enqueue('a')
    await clock.advance(100_000)
    expect(calls).toEqual(['a'])
    controller.enqueue('a')
    await clock.advance(0)
    expect(calls).toEqual(['a', 'a'])
    stop.abort()
    await clock.advance(0)
  })

  it('requeueAfter: another call after that time, failures forgotten', async () => {
    const results: (() => ReconcileResult)[] = [
      () => {
        throw new Error('first')
      },
      () => requeueAfter(5000),
      () => done,
    ]
    const { clock, controller, calls, start, stop } = setup(async () => results.shift()?.() ?? done)
    void start()
    controller.enqueue('a')
    await clock.advance(1000)
    expect([calls.length, controller.queue.failures('a')]).toEqual([2, 0])
    await clock.advance(4999)
    expect(calls).toHaveLength(2)
    await clock.advance(1)
    expect(calls).toHaveLength(3)
    stop.abort()
    await clock.advance(0)
  })

  it('an error: again with growing waits, logged once each time', async () => {
    const { clock, controller, calls, start, stop, lines } = setup(async () => {
      throw new Error('backend is down')
    })
    void start()
    controller.enqueue('a')
    const times: number[] = []
    for (let second = 0; second < 16; second++) {
      await clock.advance(second === 0 ? 0 : 1000)
      times.push(calls.length)
    }
    expect(times).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5])
    expect(lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['failures'])).toEqual([
      1, 2, 3, 4, 5,
    ])
    stop.abort()
    await clock.advance(0)
  })

  it('a terminal error: never again by itself, but logged', async () => {
    const { clock, controller, calls, start, stop, lines } = setup(async () => {
      throw new TerminalError('no such class')
    })
    void start()
    controller.enqueue('a')
    await clock.advance(1_000_000)
    expect(calls).toEqual(['a'])
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    stop.abort()
    await clock.advance(0)
  })

  it('a bug in the reconciler, also one before its first await, stops neither the worker nor the others', async () => {
    const { clock, controller, calls, start, stop } = setup(
      (key) => {
        if (key === 'bad') throw new TypeError('undefined is not a function')
        return Promise.resolve(done)
      },
      { workers: 1 },
    )
    void start()
    controller.enqueue('bad')
    controller.enqueue('good')
    await clock.advance(1000)
    expect(calls).toEqual(['bad', 'good', 'bad'])
    stop.abort()
    await clock.advance(0)
  })

  it('works on as many keys at a time as it has workers, and never twice on one', async () => {
    let atOnce = 0
    let most = 0
    const busy = new Set<string>()
    const { clock, controller, calls, start, stop } = setup(
      async (key) => {
        expect(busy.has(key)).toBe(false)
        busy.add(key)
        most = Math.max(most, ++atOnce)
        await new Promise<void>((resolve) => void clock.setTimer(10, resolve))
        atOnce--
        busy.delete(key)
        return done
      },
      { workers: 3 },
    )
    void start()
    for (let round = 0; round < 4; round++) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) controller.enqueue(key)
      await clock.advance(5)
    }
    await clock.advance(100)
    expect(most).toBe(3)
    expect(new Set(calls)).toEqual(new Set(['a', 'b', 'c', 'd', 'e']))
    stop.abort()
    await clock.advance(0)
  })

  it('a plain stop ends work in hand at once and leaves what waits', async () => {
    const work = held()
    const { clock, controller, calls, start, stop, ended, lines } = setup(work.reconcile, { workers: 1 })
    void start()
    controller.enqueue('a')
    controller.enqueue('b')
    await clock.advance(0)
    stop.abort(new Error('lost'))
    await clock.advance(0)
    expect(ended()).toBe(true)
    expect(calls).toEqual(['a'])
    expect(work.reasons).toEqual([new Error('lost')])
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    expect(clock.pendingTimers).toBe(0)
  })

  it('a graceful stop lets work in hand finish, and takes no new', async () => {
    const work = held()
    const { clock, controller, calls, start, stop, ended } = setup(work.reconcile, { workers: 1 })
    void start()
    controller.enqueue('a')
    controller.enqueue('b')
    await clock.advance(0)
    stop.abort(new GracefulStop(new AbortController().signal))
    await clock.advance(60_000)
    expect([ended(), work.reasons]).toEqual([false, []])
    work.release()
    await clock.advance(0)
    expect([ended(), calls]).toEqual([true, ['a']])
  })

  it('a graceful stop that expires ends work in hand', async () => {
    const work = held()
    const { clock, controller, start, stop, ended } = setup(work.reconcile)
    const expired = new AbortController()
    void start()
    controller.enqueue('a')
    await clock.advance(0)
    stop.abort(new GracefulStop(expired.signal))
    await clock.advance(1000)
    expired.abort(new Error('time is up'))
    await clock.advance(0)
    expect([ended(), work.reasons]).toEqual([true, [new Error('time is up')]])
  })

  it('work that ignores its signal is not waited for for ever', async () => {
    const work = held({ listens: false })
    const { clock, controller, start, stop, ended, lines } = setup(work.reconcile)
    void start()
    controller.enqueue('a')
    await clock.advance(0)
    stop.abort()
    await clock.advance(3999)
    expect(ended()).toBe(false)
    await clock.advance(1)
    expect(ended()).toBe(true)
    expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { inWork: 1 } })
    expect(clock.pendingTimers).toBe(0)
  })

  it('counts how reconciliations end', async () => {
    const metrics = createMetrics()
    const outcomes: Record<string, () => ReconcileResult> = {
      good: () => done,
      later: () => requeueAfter(1_000_000),
      bad: () => {
        throw new Error('bad')
      },
      bug: () => {
        throw new TypeError('bug')
      },
      hopeless: () => {
        throw new TerminalError('hopeless')
      },
    }
    const { clock, controller, start, stop } = setup(async (key) => outcomes[key]?.() ?? done, { metrics })
    void start()
    for (const key of Object.keys(outcomes)) controller.enqueue(key)
    await clock.advance(0)
    const { body } = await metrics.expose()
    expect(body.split('\n').filter((line) => line.startsWith('controller_runtime_reconcile_total'))).toEqual(
      ['success', 'requeue_after', 'error', 'panic', 'terminal_error'].map(
        (result) => `controller_runtime_reconcile_total{controller="test",result="${result}"} 1`,
      ),
    )
    expect(body).toContain('controller_runtime_active_workers{controller="test"} 0\n')
    expect(body).toContain('workqueue_retries_total{name="test"} 3\n')
    stop.abort()
    await clock.advance(0)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses %d workers', (workers) => {
    expect(() => setup(async () => done, { workers })).toThrow(RangeError)
  })
})
