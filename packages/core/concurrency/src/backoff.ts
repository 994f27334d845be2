/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Wait after the first failure. */
  readonly baseMs: number
  /** No wait grows past this, not counting jitter. */
  readonly maxMs: number
  /** Each wait is this many times the one before. Default 2. */
  readonly factor?: number | undefined
  /**
   * Share of the wait, 0 to 1, of which a random part is added. It is added after the cap: clients that have all
   * reached the cap would else stay in step. Default 0.
   */
  readonly jitter?: number | undefined
  /** Source of the random part, in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** A backoff that counts its own failures. */
export interface Backoff {
  /** Counts a failure and returns how long to wait before the next attempt. */
  next(): number
  /** Forgets the failures, after a success. */
  reset(): void
  /** Failures since the start or the last reset. */
  readonly failures: number
}

/**
 * The wait after a failure when `failures` others came before it: `baseMs * factor ^ failures`, at most `maxMs`, plus
 * jitter. The first failure has 0 before it, as in client-go's item limiter.
 */
export function backoffDelayMs(failures: number, options: BackoffOptions): number {
  const { baseMs, maxMs, factor = 2, jitter = 0, random = Math.random } = options
  const delayMs = Math.min(baseMs * factor ** failures, maxMs)
  return jitter === 0 ? delayMs : delayMs + delayMs * jitter * random()
}

/** Waits of {@link backoffDelayMs}, one after the other. */
export function createBackoff(options: BackoffOptions): Backoff {
  let failures = 0
  return {
    next: () => backoffDelayMs(failures++, options),
    reset: () => {
      failures = 0
    },
    get failures() {
      return failures
    },
  }
}
