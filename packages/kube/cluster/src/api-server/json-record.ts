/** A JSON object whose fields are not known. */
export type JsonRecord = { [field: string]: unknown }

/** The part of `metadata` that the server itself works with. Anything else in it is kept. */
export interface ObjectMetadata {
  name?: string
  namespace?: string
  generateName?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: JsonRecord[]
  managedFields?: JsonRecord[]
}

/** Any object of the API. What is stored is never changed in place: writers work on a {@link cloneJson}. */
export interface ApiObject extends JsonRecord {
  apiVersion: string
  kind: string
  metadata: ObjectMetadata
}

/** True for a JSON object, false for null, arrays and scalars. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of fields, or undefined when a step is missing or no object. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value
  for (const step of path) {
    if (!isRecord(current)) return undefined
    current = current[step]
  }
  return current
}

/** The object at a path; an empty one that belongs to nothing when it is missing. For reading. */
export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord {
  const found = valueAt(value, ...path)
  return isRecord(found) ? found : {}
}

/** The string at a path, or `''`. */
export function stringAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The list at a path, or an empty one. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The object in a field, created when it is missing. For writing. */
export function ensureRecord(parent: JsonRecord, field: string): JsonRecord {
  const found = parent[field]
  if (isRecord(found)) return found
  const created: JsonRecord = {}
  parent[field] = created
  return created
}

/** A deep copy of a JSON value. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => cloneJson(item)) as T
  if (!isRecord(value)) return value
  const copy: JsonRecord = {}
  for (const key of Object.keys(value)) copy[key] = cloneJson(value[key])
  return copy as T
}

/** Deep equality of JSON values. The order of object fields does not matter; a field that is undefined is absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const isSet = (record: JsonRecord) => (key: string) => record[key] !== undefined
  const keys = Object.keys(a).filter(isSet(a))
  return keys.length === Object.keys(b).filter(isSet(b)).length && keys.every((key) => jsonEqual(a[key], b[key]))
}
