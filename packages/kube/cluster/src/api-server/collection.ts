import type { ApiObject } from './json-record.ts'

/** An object at one revision. Never changed. */
export class StoredObject {
  readonly key: string
  readonly revision: number
  readonly object: ApiObject
  #text: string | undefined

  constructor(key: string, revision: number, object: ApiObject) {
    this.key = key
    this.revision = revision
    this.object = object
  }

  /** The object as JSON, serialised once however many clients read it. */
  get text(): string {
    this.#text ??= JSON.stringify(this.object)
    return this.#text
  }
}

/** One write. `current` of a deletion is the last state, at the revision of the deletion. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly current: StoredObject
  readonly previous: StoredObject | undefined
}

/**
 * The objects of one resource in key order (`name` or `namespace/name`), and the latest changes to them: enough to watch
 * from a revision and to list as of one.
 */
export class Collection {
  readonly #objects = new Map<string, StoredObject>()
  readonly #keys: string[] = []
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #historyLimit: number
  #history: Change[] = []
  /** Revision after which the history is complete. */
  #historyStart: number

  constructor(historyLimit: number, historyStart: number) {
    this.#historyLimit = historyLimit
    this.#historyStart = historyStart
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key)
  }

  /** How many objects there are. */
  get size(): number {
    return this.#objects.size
  }

  /** Oldest revision that changes can be asked for since. */
  get historyStart(): number {
    return this.#historyStart
  }

  /** The objects whose key starts with the prefix, in key order, now. */
  *range(prefix: string, fromKey: string = prefix): Generator<StoredObject> {
    for (let index = lowerBound(this.#keys, fromKey); index < this.#keys.length; index += 1) {
      const key = this.#keys[index] ?? ''
      if (!key.startsWith(prefix)) return
      const found = this.#objects.get(key)
      if (found !== undefined) yield found
    }
  }

  /** The same as of a revision; undefined when the history does not reach back to it. */
  rangeAt(revision: number, prefix: string, fromKey: string = prefix): Iterable<StoredObject> | undefined {
    const later = this.changesSince(revision)
    if (later === undefined) return undefined
    if (later.length === 0) return this.range(prefix, fromKey)
    const undone = new Map<string, StoredObject | undefined>()
    for (const { current, previous } of later) {
      if (!undone.has(current.key)) undone.set(current.key, previous)
    }
    const rest = [...this.range(prefix, fromKey)].filter(({ key }) => !undone.has(key))
    const restored = [...undone.values()]
      .filter((stored) => stored !== undefined)
      .filter(({ key }) => key.startsWith(prefix) && key >= fromKey)
    return [...rest, ...restored].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Changes after a revision, oldest first; undefined when the history does not reach back to it. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#historyStart) return undefined
    let start = this.#history.length
    while (start > 0 && (this.#history[start - 1]?.current.revision ?? 0) > revision) start -= 1
    return this.#history.slice(start)
  }

  /** Writes an object, new or not. */
  put(stored: StoredObject): void {
    const previous = this.#objects.get(stored.key)
    this.#objects.set(stored.key, stored)
    if (previous === undefined) this.#keys.splice(lowerBound(this.#keys, stored.key), 0, stored.key)
    this.#record({ type: previous === undefined ? 'ADDED' : 'MODIFIED', current: stored, previous })
  }

  /** Removes an object; `last` is its state at the revision of the deletion. */
  remove(last: StoredObject): void {
    const previous = this.#objects.get(last.key)
    if (previous === undefined) return
    this.#objects.delete(last.key)
    this.#keys.splice(lowerBound(this.#keys, last.key), 1)
    this.#record({ type: 'DELETED', current: last, previous })
  }

  /** Calls back for every change from now on, within the write. Returns how to stop. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Forgets all changes up to a revision: who asks for older ones is told that it is too late. */
  forgetHistory(revision: number): void {
    this.#history = this.#history.filter(({ current }) => current.revision > revision)
    this.#historyStart = Math.max(this.#historyStart, revision)
  }

  #record(change: Change): void {
    this.#history.push(change)
    // Cut in large steps: one shift per write would copy the whole list each time.
    if (this.#history.length > this.#historyLimit * 2) {
      const cut = this.#history.length - this.#historyLimit
      this.#historyStart = this.#history[cut - 1]?.current.revision ?? this.#historyStart
      this.#history = this.#history.slice(cut)
    }
    for (const listener of Array.from(this.#listeners)) listener(change)
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
