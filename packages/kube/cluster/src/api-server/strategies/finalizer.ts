import type { ApiObject } from '../json-record.ts'

/** Adds a finalizer that is not there. */
export function addFinalizer({ metadata }: ApiObject, finalizer: string): void {
  const finalizers = metadata.finalizers ?? []
  if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer]
}
