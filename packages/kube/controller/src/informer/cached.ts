/** `T` with nothing to assign to, at any depth. */
export type DeepReadonly<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

declare const cachedBrand: unique symbol

/**
 * An object in a cache: shared by everyone, never written to, and with most of its fields left out. It cannot be passed
 * to a client's `update` (its lists are readonly and it carries a brand), because that would erase what was left out:
 * patch the object, or get it fresh and update that.
 */
export type Cached<T> = DeepReadonly<T> & { readonly [cachedBrand]: true }

/** Freezes a value and everything below it: a write to a cached object then throws. For tests; it costs time per object. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
