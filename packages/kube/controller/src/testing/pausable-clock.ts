import type { Clock, Timer } from '@csi-ts/concurrency'

/** The clock of a process that can be stopped: time goes on, but nothing fires until it is resumed, and then all at once. */
export class PausableClock implements Clock {
  readonly #clock: Clock
  #held: (() => void)[] = []
  #resumed: (() => void)[] = []
  #paused = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get paused(): boolean {
    return this.#paused
  }

  now(): number {
    return this.#clock.now()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    let cancelled = false
    const act = (): void => {
      if (!cancelled) fire()
    }
    const timer = this.#clock.setTimer(delayMs, () => {
      if (this.#paused) this.#held.push(act)
      else act()
    })
    return {
      cancel: () => {
        cancelled = true
        timer.cancel()
      },
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    for (const act of [...this.#held.splice(0), ...this.#resumed.splice(0)]) act()
  }

  /** Resolves when the process runs: for answers that arrive while it is stopped. */
  running(): Promise<void> {
    return this.#paused ? new Promise((resolve) => void this.#resumed.push(resolve)) : Promise.resolve()
  }
}
