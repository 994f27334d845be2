/** A timer that was set and has not fired. */
export interface Timer {
  /** Makes sure that the timer never fires; does nothing when it has fired or was cancelled before. */
  cancel(): void
}

/** The only source of time: passed in, so that tests decide when anything happens. */
export interface Clock {
  /** Wall time in whole milliseconds since the Unix epoch; may jump when the system's time is set. */
  now(): number
  /** Milliseconds since an arbitrary moment, with fractions; never goes back. Use it for durations. */
  monotonicMs(): number
  /**
   * Calls `fire` once after `delayMs`. A delay of zero or less fires in a later turn of the event loop, never inside
   * this call; `Infinity` never fires, and there is no upper limit. A timer that is set keeps the process alive.
   */
  setTimer(delayMs: number, fire: () => void): Timer
}

/** The system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, fire) => {
    let handle: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      // Node fires at once when a delay does not fit in 31 bits, so a long one is made of several.
      const stepMs = Math.min(leftMs, longestTimeoutMs)
      handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : fire()), Math.max(stepMs, 0))
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

const longestTimeoutMs = 2 ** 31 - 1
