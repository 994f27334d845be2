import type { Clock, Timer } from '../clock.ts'

/** A clock that stands still until told to advance. Wall and monotonic time move together; monotonic time starts at 0. */
export class FakeClock implements Clock {
  readonly #startMs: number
  readonly #timers = new Set<PendingTimer>()
  #elapsedMs = 0

  /** Default start: 2024-01-02T03:04:05.000Z. */
  constructor(startMs: number = Date.UTC(2024, 0, 2, 3, 4, 5)) {
    this.#startMs = startMs
  }

  now(): number {
    return Math.floor(this.#startMs + this.#elapsedMs)
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { dueMs: this.#elapsedMs + Math.max(delayMs, 0), fire }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  /** Timers that are set. A test that ends with some has found a leak. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /**
   * Moves time on by `ms`, firing what comes due in order of time, then of setting, timers set on the way included.
   * Before, between and after, promises and `setImmediate` callbacks get their turn; real input and output is not waited for.
   */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms
    await settle()
    for (let next = this.#nextDue(targetMs); next !== undefined; next = this.#nextDue(targetMs)) {
      this.#elapsedMs = next.dueMs
      this.#timers.delete(next)
      next.fire()
      await settle()
    }
    this.#elapsedMs = targetMs
    await settle()
  }

  #nextDue(limitMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs <= limitMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer
    }
    return first
  }
}

interface PendingTimer {
  readonly dueMs: number
  readonly fire: () => void
}

// Two turns: what runs in the first may itself wait for one.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
