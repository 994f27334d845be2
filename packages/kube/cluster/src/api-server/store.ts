import { Collection, StoredObject } from './collection.ts'
import type { ApiObject } from './json-record.ts'

/**
 * All objects in memory. One revision counts every write to anything, as etcd's does; an object's resource version is the
 * revision of its latest write. A write is done when the call returns: nothing else runs in between.
 */
export class Store {
  readonly #collections = new Map<string, Collection>()
  readonly #historyLimit: number
  #revision = 1

  /** @param historyLimit changes kept per collection, at least. */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit
  }

  /** Revision of the latest write. */
  get revision(): number {
    return this.#revision
  }

  collection(name: string): Collection {
    const found = this.#collections.get(name)
    if (found !== undefined) return found
    const created = new Collection(this.#historyLimit, 0)
    this.#collections.set(name, created)
    return created
  }

  /** Writes an object and gives it its resource version. The object belongs to the store from now on. */
  write(collection: string, key: string, object: ApiObject): StoredObject {
    this.#revision += 1
    object.metadata.resourceVersion = String(this.#revision)
    const stored = new StoredObject(key, this.#revision, object)
    this.collection(collection).put(stored)
    return stored
  }

  /** Removes an object. Its last state gets the revision of the deletion. */
  remove(collection: string, key: string, object: ApiObject): StoredObject {
    this.#revision += 1
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } }
    const stored = new StoredObject(key, this.#revision, last)
    this.collection(collection).remove(stored)
    return stored
  }

  /** Forgets every change so far: what was listed or watched until now is too old to go on from. */
  forgetHistory(): void {
    for (const collection of this.#collections.values()) collection.forgetHistory(this.#revision)
  }
}
