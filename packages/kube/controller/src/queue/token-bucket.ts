import { type Clock, systemClock } from '@csi-ts/concurrency'

/** Settings of a {@link TokenBucket}. */
export interface TokenBucketOptions {
  /** Tokens that come back per second. */
  readonly qps: number
  /** Tokens that the bucket holds, and starts with. */
  readonly burst: number
  readonly clock?: Clock | undefined
}

/** Bounds how often something happens: `qps` times per second in the long run, `burst` times at once. */
export class TokenBucket {
  readonly #qps: number
  readonly #burst: number
  readonly #clock: Clock
  #tokens: number
  #filledAtMs: number

  constructor({ qps, burst, clock = systemClock }: TokenBucketOptions) {
    this.#qps = qps
    this.#burst = burst
    this.#clock = clock
    this.#tokens = burst
    this.#filledAtMs = clock.monotonicMs()
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Takes a token, from the future if there is none, and returns how long to wait until it is there. */
  reserveMs(): number {
    this.#fill()
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#qps) * 1000
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#qps)
    this.#filledAtMs = nowMs
  }
}
