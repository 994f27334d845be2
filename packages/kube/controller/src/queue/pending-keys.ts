/** Keys in the order in which they are to be handed out: higher priority first, then first come, first served. */
export class PendingKeys {
  readonly #lanes = new Map<number, Set<string>>()
  readonly #priorities = new Map<string, number>()

  get size(): number {
    return this.#priorities.size
  }

  /** Adds a key, or moves it up when it waits at a lower priority. Never moves it down. */
  push(key: string, priority: number): void {
    const current = this.#priorities.get(key)
    if (current !== undefined) {
      if (current >= priority) return
      this.#leave(key, current)
    }
    this.#priorities.set(key, priority)
    const lane = this.#lanes.get(priority)
    if (lane === undefined) this.#lanes.set(priority, new Set([key]))
    else lane.add(key)
  }

  /** Takes the next key and its priority out; undefined when none waits. */
  shift(): { readonly key: string; readonly priority: number } | undefined {
    let best: number | undefined
    for (const priority of this.#lanes.keys()) if (best === undefined || priority > best) best = priority
    if (best === undefined) return undefined
    for (const key of this.#lanes.get(best) ?? []) {
      this.#leave(key, best)
      this.#priorities.delete(key)
      return { key, priority: best }
    }
    return undefined
  }

  #leave(key: string, priority: number): void {
    const lane = this.#lanes.get(priority)
    lane?.delete(key)
    // Few priorities exist, and an empty lane must not be looked at again.
    if (lane?.size === 0) this.#lanes.delete(priority)
  }
}
