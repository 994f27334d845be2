import type { Clock, Timer } from '@csi-ts/concurrency'

interface Entry {
  readonly key: string
  dueMs: number
  priority: number
  /** Position in the heap. */
  index: number
}

/** Keys that wait for their time: a binary heap and one timer. */
export class DelayedKeys {
  readonly #clock: Clock
  readonly #onDue: (key: string, priority: number) => void
  readonly #entries = new Map<string, Entry>()
  readonly #heap: Entry[] = []
  #timer: Timer | undefined
  #timerDueMs = Number.POSITIVE_INFINITY

  /** `onDue` is called from a timer, once per key that came due. */
  constructor(clock: Clock, onDue: (key: string, priority: number) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  get size(): number {
    return this.#heap.length
  }

  /** Adds a key. For one that waits already, the earlier time and the higher priority win. */
  add(key: string, delayMs: number, priority: number): void {
    const dueMs = this.#clock.monotonicMs() + delayMs
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      const added = { key, dueMs, priority, index: this.#heap.length }
      this.#entries.set(key, added)
      this.#heap.push(added)
      this.#rise(added)
    } else {
      entry.priority = Math.max(entry.priority, priority)
      if (dueMs >= entry.dueMs) return
      entry.dueMs = dueMs
      this.#rise(entry)
    }
    this.#arm()
  }

  /** Drops everything, and the timer. */
  clear(): void {
    this.#heap.length = 0
    this.#entries.clear()
    this.#arm()
  }

  #arm(): void {
    const dueMs = this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
    if (dueMs === this.#timerDueMs) return
    this.#timer?.cancel()
    this.#timerDueMs = dueMs
    const nowMs = this.#clock.monotonicMs()
    this.#timer =
      dueMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimer(dueMs - nowMs, () => this.#fire())
  }

  #fire(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY
    // The system's timer may fire a fraction early by the monotonic clock: what is not due yet is armed again below.
    const nowMs = this.#clock.monotonicMs()
    for (let first = this.#heap[0]; first !== undefined && first.dueMs <= nowMs; first = this.#heap[0]) {
      this.#removeFirst(first)
      this.#onDue(first.key, first.priority)
    }
    this.#arm()
  }

  #removeFirst(first: Entry): void {
    this.#entries.delete(first.key)
    const last = this.#heap.pop()
    if (last === undefined || last === first) return
    this.#place(last, 0)
    this.#sink(last)
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1]
      if (parent === undefined || parent.dueMs <= entry.dueMs) return
      this.#swap(entry, parent)
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[entry.index * 2 + 1]
      const right = this.#heap[entry.index * 2 + 2]
      const child = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left
      if (child === undefined || child.dueMs >= entry.dueMs) return
      this.#swap(child, entry)
    }
  }

  #swap(a: Entry, b: Entry): void {
    const index = a.index
    this.#place(a, b.index)
    this.#place(b, index)
  }

  #place(entry: Entry, index: number): void {
    this.#heap[index] = entry
    entry.index = index
  }
}
