import { randomBytes } from 'node:crypto'
import { type FieldError, forbiddenField, invalidValue, required } from './field-error.ts'
import { type ApiObject, jsonEqual, type ObjectMetadata } from './json-record.ts'
import { annotationErrors, finalizerErrors, labelErrors, nameErrors } from './name-rules.ts'
import type { ServedResource } from './served-resource.ts'

// No vowels and no digits that look like letters, so that no words come up.
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789'

/** A name from `generateName`: the prefix, cut to 58 characters, and five random ones. */
export function generateName(prefix: string): string {
  const suffix = Array.from(randomBytes(5), (byte) => suffixLetters[byte % suffixLetters.length]).join('')
  return `${prefix.slice(0, 58)}${suffix}`
}

/** Rules for the metadata of any object, new or not. */
export function metadataErrors({ metadata }: ApiObject, { namespaced, strategy }: ServedResource): FieldError[] {
  const errors: FieldError[] = []
  if (metadata.generateName !== undefined && metadata.name === undefined) {
    errors.push(...nameErrors(metadata.generateName, 'metadata.generateName', strategy.names, true))
  }
  if (metadata.name === undefined) errors.push(required('metadata.name', 'name or generateName is required'))
  else errors.push(...nameErrors(metadata.name, 'metadata.name', strategy.names))
  if (namespaced && metadata.namespace === undefined) errors.push(required('metadata.namespace'))
  errors.push(...labelErrors(metadata.labels ?? {}, 'metadata.labels'))
  errors.push(...annotationErrors(metadata.annotations ?? {}, 'metadata.annotations'))
  errors.push(...finalizerErrors(metadata.finalizers ?? [], 'metadata.finalizers'))
  return errors
}

const immutable = 'field is immutable'

/** Rules for what an update may change in the metadata. Reported twice, as the real server runs them twice. */
export function metadataUpdateErrors(next: ObjectMetadata, stored: ObjectMetadata): FieldError[] {
  const errors: FieldError[] = []
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if (!jsonEqual(next[field], stored[field]))
      errors.push(invalidValue(`metadata.${field}`, next[field] ?? null, immutable))
  }
  if (stored.deletionTimestamp !== undefined) {
    const added = (next.finalizers ?? []).filter((finalizer) => !(stored.finalizers ?? []).includes(finalizer))
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((text) => JSON.stringify(text)).join(', ')}}`
    if (added.length > 0) errors.push(forbiddenField('metadata.finalizers', why))
  }
  return [...errors, ...errors]
}

/** Takes from the stored object what clients leave out and cannot change. */
export function keepSystemMetadata(next: ObjectMetadata, stored: ObjectMetadata): void {
  next.uid ??= stored.uid ?? ''
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) {
    if (stored[field] === undefined) delete next[field]
    else Object.assign(next, { [field]: stored[field] })
  }
}
