import { type KubeObject, keyOf, type ObjectKey, type ObjectRef } from '@csi-ts/kube-api'
import type { IndexFunction } from '../needs.ts'
import type { Cached } from './cached.ts'
import type { Lister } from './lister.ts'

/** One change of a store. */
export type Delta<T> =
  | { readonly kind: 'add'; readonly now: Cached<T> }
  | { readonly kind: 'update'; readonly now: Cached<T>; readonly before: Cached<T> }
  | { readonly kind: 'delete'; readonly before: Cached<T> }

/** Objects by key, and by the values of the indexes. */
export class Store<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<ObjectKey, Cached<T>>()
  readonly #indexes: Index<T>[] = []
  readonly #onIndexError: (index: string, error: unknown) => void

  /** `onIndexError` is told when an index function throws; the object is then not found through that index. */
  constructor(onIndexError: (index: string, error: unknown) => void) {
    this.#onIndexError = onIndexError
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: ObjectKey | ObjectRef): Cached<T> | undefined {
    return this.#objects.get(typeof key === 'string' ? key : keyOf(key))
  }

  list(): readonly Cached<T>[] {
    return [...this.#objects.values()]
  }

  byIndex(name: string, value: string): readonly Cached<T>[] {
    const index = this.#indexes.find((candidate) => candidate.name === name)
    if (index === undefined) throw new Error(`no need declares the index ${name}`)
    const found: Cached<T>[] = []
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  /** Adds an index, and what the store holds to it. */
  addIndex(name: string, of: IndexFunction<T>): void {
    const index: Index<T> = { name, of, keys: new Map() }
    this.#indexes.push(index)
    for (const [key, object] of this.#objects) this.#addTo(index, key, object)
  }

  /** Puts an object in the place of what has its key. */
  set(now: Cached<T>): Delta<T> {
    const key = keyOf(now)
    const before = this.#objects.get(key)
    if (before !== undefined) this.#unindex(key, before)
    this.#objects.set(key, now)
    this.#index(key, now)
    return before === undefined ? { kind: 'add', now } : { kind: 'update', now, before }
  }

  /** Takes an object out; undefined when there is none. */
  delete(key: ObjectKey): Delta<T> | undefined {
    const before = this.#objects.get(key)
    if (before === undefined) return undefined
    this.#unindex(key, before)
    this.#objects.delete(key)
    return { kind: 'delete', before }
  }

  /**
   * Makes the store hold exactly `objects`. Returns what changed: deletions first, nothing for an object whose
   * resourceVersion is the same, and for one that was deleted and created again under its name (another uid) a deletion
   * and an addition.
   */
  replace(objects: readonly Cached<T>[]): readonly Delta<T>[] {
    const keep = new Map(objects.map((object) => [keyOf(object), object]))
    const deltas: Delta<T>[] = []
    for (const [key, before] of this.#objects) {
      const now = keep.get(key)
      if (now !== undefined && now.metadata.uid === before.metadata.uid) continue
      const deleted = this.delete(key)
      if (deleted !== undefined) deltas.push(deleted)
    }
    for (const [key, now] of keep) {
      const before = this.#objects.get(key)
      if (before === undefined || before.metadata.resourceVersion !== now.metadata.resourceVersion)
        deltas.push(this.set(now))
    }
    return deltas
  }

  #index(key: ObjectKey, object: Cached<T>): void {
    for (const index of this.#indexes) this.#addTo(index, key, object)
  }

  #addTo(index: Index<T>, key: ObjectKey, object: Cached<T>): void {
    for (const value of this.#valuesOf(index, object)) {
      const present = index.keys.get(value)
      if (present === undefined) index.keys.set(value, new Set([key]))
      else present.add(key)
    }
  }

  #unindex(key: ObjectKey, object: Cached<T>): void {
    for (const index of this.#indexes) {
      for (const value of this.#valuesOf(index, object)) {
        const present = index.keys.get(value)
        present?.delete(key)
        if (present?.size === 0) index.keys.delete(value)
      }
    }
  }

  #valuesOf({ name, of }: Index<T>, object: Cached<T>): readonly string[] {
    try {
      return of(object)
    } catch (error) {
      this.#onIndexError(name, error)
      return []
    }
  }
}

interface Index<T extends KubeObject> {
  readonly name: string
  readonly of: IndexFunction<T>
  /** Keys of the objects, by index value; no empty sets. */
  readonly keys: Map<string, Set<ObjectKey>>
}
