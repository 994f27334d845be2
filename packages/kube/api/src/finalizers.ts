/** Any object; cached ones fit. */
export interface Finalized {
  readonly metadata: {
    readonly finalizers?: readonly string[] | undefined
    readonly deletionTimestamp?: string | undefined
  }
}

/** Whether the finalizer holds the object. */
export function hasFinalizer(object: Finalized, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false
}

/** The object's finalizers with this one, to be written as `metadata.finalizers`. The object is left as it is. */
export function withFinalizer(object: Finalized, finalizer: string): string[] {
  const before = object.metadata.finalizers ?? []
  return before.includes(finalizer) ? [...before] : [...before, finalizer]
}

/** The object's finalizers without this one, to be written as `metadata.finalizers`. The object is left as it is. */
export function withoutFinalizer(object: Finalized, finalizer: string): string[] {
  return (object.metadata.finalizers ?? []).filter((other) => other !== finalizer)
}

/** Whether deletion was asked for: the object goes away when its last finalizer does. */
export function isTerminating(object: Finalized): boolean {
  return object.metadata.deletionTimestamp !== undefined
}
