/** Those who wait for one thing, in the order in which they came. */
export class WaitList {
  readonly #waiting = new Set<() => void>()

  /** Resolves when {@link wakeNext} reaches this place; rejects with the signal's reason and gives up the place when it fires first. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#waiting.delete(wake)
        reject(signal?.reason)
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Wakes who waits longest; false when nobody does. */
  wakeNext(): boolean {
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake)
      wake()
      return true
    }
    return false
  }
}
