import type { KubeObject, ObjectKey, ObjectRef } from '@csi-ts/kube-api'
import type { Cached } from './cached.ts'

/** Reads a cache; never waits. What it returns is shared and must not be changed. */
export interface Lister<T extends KubeObject> {
  get(key: ObjectKey | ObjectRef): Cached<T> | undefined
  /** All objects, in no particular order. */
  list(): readonly Cached<T>[]
  /** Objects for which the index function of that name gave `value`. Throws when no need declares the index. */
  byIndex(name: string, value: string): readonly Cached<T>[]
  readonly size: number
}
