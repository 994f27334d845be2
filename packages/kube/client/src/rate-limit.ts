import { type Clock, sleep } from '@csi-ts/concurrency'

/** Requests per second on average, and how many at once after a pause. */
export interface RateLimit {
  readonly qps: number
  readonly burst: number
}

/** Makes requests wait for their turn. */
export interface RateLimiter {
  /** Resolves with how long it waited. A caller that gives up gives its turn back. */
  wait(signal: AbortSignal): Promise<number>
}

/** A token bucket, as client-go's: first come, first served; it starts full. Throws for a limit that lets nothing pass. */
export function createRateLimiter(limit: RateLimit, clock: Clock): RateLimiter {
  if (!(limit.qps > 0) || !(limit.burst >= 1)) {
    throw new Error(`rate limit of ${limit.qps} requests per second, burst ${limit.burst}: want qps > 0 and burst >= 1`)
  }
  const msPerToken = 1000 / limit.qps
  let tokens = limit.burst
  let countedAtMs = clock.monotonicMs()
  return {
    async wait(signal): Promise<number> {
      signal.throwIfAborted()
      const nowMs = clock.monotonicMs()
      tokens = Math.min(limit.burst, tokens + (nowMs - countedAtMs) / msPerToken) - 1
      countedAtMs = nowMs
      if (tokens >= 0) return 0
      // The bucket may go below zero: its depth is the queue.
      const delayMs = -tokens * msPerToken
      try {
        await sleep(delayMs, { signal, clock })
        return delayMs
      } catch (error) {
        tokens += 1
        throw error
      }
    },
  }
}
