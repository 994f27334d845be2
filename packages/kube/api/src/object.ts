import type { ObjectMeta } from './generated/kube-types.ts'

/** What every object that the API server sends has. Custom resources are declared as an interface that extends it. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta & { name: string }
}

/**
 * A type of the official client (or any class model) as it is on the wire: `Date` becomes `string`. The types of this
 * package already are wire types.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T
