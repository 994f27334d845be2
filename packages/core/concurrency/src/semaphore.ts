import type { LockOptions } from './keyed-locks.ts'
import { WaitList } from './wait-list.ts'

/** Lets at most `permits` pieces of work run at a time; the others wait in order of arrival. */
export class Semaphore {
  readonly #waiting = new WaitList()
  #free: number

  /** Throws a RangeError unless `permits` is a whole number of at least 1. */
  constructor(permits: number) {
    if (!Number.isInteger(permits) || permits < 1) throw new RangeError(`permits must be at least 1, not ${permits}`)
    this.#free = permits
  }

  /** Waits for a permit, runs `fn` and gives the permit back. Rejects with the signal's reason when the signal fires before it began. */
  async run<T>(fn: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    options.signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#waiting.wait(options.signal)
    try {
      return await fn()
    } finally {
      if (!this.#waiting.wakeNext()) this.#free++
    }
  }
}
