import type { Clock } from '@csi-ts/concurrency'

/** Claims whose request the storage called impossible: they wait long, unless their class is replaced. */
export class InfeasibleClaims {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #claims = new Map<string, { untilMs: number; classUid: string | undefined }>()

  constructor(options: { readonly clock: Clock; readonly delayMs: number }) {
    this.#clock = options.clock
    this.#delayMs = options.delayMs
  }

  /** Remembers the claim and returns how long it waits. */
  add(claimUid: string, classUid: string | undefined): number {
    this.#claims.set(claimUid, { untilMs: this.#clock.monotonicMs() + this.#delayMs, classUid })
    return this.#delayMs
  }

  /** How long the claim still waits; 0 when it may be tried, because time is up or its class is another one now. */
  remainingMs(claimUid: string, classUid: string | undefined): number {
    const known = this.#claims.get(claimUid)
    if (known === undefined) return 0
    const remainingMs = known.untilMs - this.#clock.monotonicMs()
    if (remainingMs > 0 && known.classUid === classUid) return remainingMs
    this.#claims.delete(claimUid)
    return 0
  }

  /** Forgets a claim, because it is gone or served. */
  delete(claimUid: string): void {
    this.#claims.delete(claimUid)
  }
}
