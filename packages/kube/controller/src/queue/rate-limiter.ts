import { type BackoffOptions, backoffDelayMs, type Clock, systemClock } from '@csi-ts/concurrency'
import { TokenBucket, type TokenBucketOptions } from './token-bucket.ts'

/** Decides how long a key waits before it is tried again. */
export interface RateLimiter {
  /** Counts a failure of `key` and returns its wait in milliseconds. */
  delayMs(key: string): number
  /** Forgets the failures of `key`. */
  forget(key: string): void
  /** Failures of `key` since it was last forgotten. */
  failures(key: string): number
}

/** Settings of {@link itemExponentialLimiter}: without jitter unless asked for, as client-go. */
export type ItemLimiterOptions = Pick<BackoffOptions, 'baseMs' | 'maxMs' | 'jitter' | 'random'>

/** Each key waits `baseMs`, then twice as long after every further failure of its own, up to `maxMs`. */
export function itemExponentialLimiter(options: ItemLimiterOptions): RateLimiter {
  const failures = new Map<string, number>()
  return {
    delayMs(key) {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      return backoffDelayMs(before, options)
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
  }
}

/** One token bucket for all keys: bounds how often anything is retried at all. Does not count failures. */
export function bucketLimiter(options: TokenBucketOptions): RateLimiter {
  const bucket = new TokenBucket(options)
  return { delayMs: () => bucket.reserveMs(), forget: () => undefined, failures: () => 0 }
}

/** Waits as long as the strictest of several limiters. */
export function maxOf(...limiters: readonly RateLimiter[]): RateLimiter {
  return {
    delayMs: (key) => Math.max(...limiters.map((limiter) => limiter.delayMs(key))),
    forget: (key) => {
      for (const limiter of limiters) limiter.forget(key)
    },
    failures: (key) => Math.max(...limiters.map((limiter) => limiter.failures(key))),
  }
}

/** client-go's default for controllers: 5 ms to 1000 s per key, and 10 retries per second with bursts of 100 over all. */
export function defaultLimiter(clock: Clock = systemClock): RateLimiter {
  return maxOf(itemExponentialLimiter({ baseMs: 5, maxMs: 1_000_000 }), bucketLimiter({ qps: 10, burst: 100, clock }))
}
