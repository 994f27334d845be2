/**
 * The least that could be called a work queue, as a baseline: keys, each once, in the order in which they came. No waiting
 * consumers, no rule against working on a key twice at once, no priorities, no metrics, no limits.
 */
export class MapQueue {
  readonly #keys = new Map<string, true>()
  readonly #delayed = new Map<string, number>()
  /** Kept: one that starts at the front again walks over everything that was deleted there. */
  #front = this.#keys.keys()

  add(key: string): void {
    this.#keys.set(key, true)
  }

  /** Remembers when the key is due; nothing makes it so. */
  addAfter(key: string, delayMs: number): void {
    this.#delayed.set(key, performance.now() + delayMs)
  }

  get(): Promise<string | undefined> {
    let next = this.#front.next()
    if (next.done === true) {
      // Also sees what is added later, but not once it has come to the end.
      this.#front = this.#keys.keys()
      next = this.#front.next()
    }
    if (next.done === true) return Promise.resolve(undefined)
    this.#keys.delete(next.value)
    return Promise.resolve(next.value)
  }

  done(_key: string): void {
    // Nothing to give back.
  }
}
