import { type KubeObject, keyOf, type ObjectKey, type ObjectRef } from '@csi-ts/kube-api'
import type { Cached, IndexFunction, Lister } from '@csi-ts/kube-controller'

/** A cache that a test fills. */
export class ObjectList<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<ObjectKey, Cached<T>>()
  readonly #indexes: Readonly<Record<string, IndexFunction<T>>>

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.#indexes = indexes
  }

  get size(): number {
    return this.#objects.size
  }

  set(object: T): void {
    // What an informer does: from here on the object is only read.
    this.#objects.set(keyOf(object), object as unknown as Cached<T>)
  }

  delete(ref: ObjectRef): void {
    this.#objects.delete(keyOf(ref))
  }

  get(key: ObjectKey | ObjectRef): Cached<T> | undefined {
    return this.#objects.get(typeof key === 'string' ? key : keyOf(key))
  }

  list(): readonly Cached<T>[] {
    return [...this.#objects.values()]
  }

  byIndex(name: string, value: string): readonly Cached<T>[] {
    const index = this.#indexes[name]
    if (index === undefined) throw new Error(`no index ${name}`)
    return this.list().filter((object) => index(object).includes(value))
  }
}
