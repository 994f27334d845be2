import { WaitList } from './wait-list.ts'

/** Somebody else holds the key. */
export class KeyHeldError extends Error {
  override readonly name = 'KeyHeldError'
  /** The key that was held. */
  readonly key: string

  constructor(key: string) {
    super(`an operation on ${JSON.stringify(key)} is in progress`)
    this.key = key
  }
}

/** Settings of one {@link KeyedLocks.run}. */
export interface LockOptions {
  /** Gives up waiting; it does not interrupt work that has begun. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Mutual exclusion by name. A key exists only while it is held, so keys may come from outside without end.
 * Locks are not re-entrant: work that asks for a key it already holds waits for itself.
 */
export class KeyedLocks {
  readonly #held = new Map<string, WaitList>()

  /**
   * Waits for all keys, in order of arrival for each, runs `fn` and lets them go. Keys are taken in sorted order, so
   * callers that name the same keys in different orders cannot block each other for ever. Free keys are taken before
   * this call returns. Rejects with the signal's reason, holding nothing, when the signal fires first.
   */
  async run<T>(keys: string | readonly string[], fn: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    options.signal?.throwIfAborted()
    const taken: string[] = []
    try {
      for (const key of sortedKeys(keys)) {
        const waiting = this.#held.get(key)
        if (waiting === undefined) this.#held.set(key, new WaitList())
        else await waiting.wait(options.signal) // whoever lets go hands the key over: it never looks free in between
        taken.push(key)
      }
      return await fn()
    } finally {
      for (const key of taken.toReversed()) this.#release(key)
    }
  }

  /** Takes all keys before this call returns and runs `fn`; rejects with {@link KeyHeldError} when one is held, taking none. */
  async tryRun<T>(keys: string | readonly string[], fn: () => Promise<T>): Promise<T> {
    for (const key of sortedKeys(keys)) if (this.#held.has(key)) throw new KeyHeldError(key)
    return await this.run(keys, fn)
  }

  /** True while somebody holds the key. */
  isHeld(key: string): boolean {
    return this.#held.has(key)
  }

  #release(key: string): void {
    if (this.#held.get(key)?.wakeNext() !== true) this.#held.delete(key)
  }
}

function sortedKeys(keys: string | readonly string[]): readonly string[] {
  return typeof keys === 'string' ? [keys] : [...new Set(keys)].toSorted()
}
