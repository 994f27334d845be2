import { cloneJson, isRecord, type JsonRecord } from '../json-record.ts'
import type { StructuralSchema } from './structural-schema.ts'

/** Metadata and type are not the schema's to say. */
const ownFields = ['apiVersion', 'kind', 'metadata']

/**
 * Removes in place what the schema does not know, except below `x-kubernetes-preserve-unknown-fields`.
 *
 * @param removed collects the paths.
 */
export function pruneUnknown(
  value: unknown,
  schema: StructuralSchema,
  removed: string[],
  path = '',
  isRoot = true,
): void {
  if (Array.isArray(value)) {
    const items = schema.items
    if (items === undefined) return
    for (const [index, item] of value.entries()) pruneUnknown(item, items, removed, `${path}[${index}]`, false)
    return
  }
  if (!isRecord(value)) return
  const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true
  for (const name of Object.keys(value)) {
    const at = path === '' ? name : `${path}.${name}`
    if (isObject && ownFields.includes(name)) continue
    const known =
      schema.properties?.[name] ??
      (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined)
    if (known !== undefined) pruneUnknown(value[name], known, removed, at, false)
    else if (schema['x-kubernetes-preserve-unknown-fields'] !== true && schema.additionalProperties !== true) {
      delete value[name]
      removed.push(at)
    }
  }
}

/** Fills in place what was left out and has a default; null stands for "left out" where it is not allowed. */
export function applyDefaults(value: unknown, schema: StructuralSchema): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) applyDefaults(item, schema.items)
    return
  }
  if (!isRecord(value)) return
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isLeftOut = value[name] === undefined || (value[name] === null && property.nullable !== true)
    if (isLeftOut && property.default !== undefined) value[name] = cloneJson(property.default)
    if (value[name] !== undefined) applyDefaults(value[name], property)
  }
  if (typeof schema.additionalProperties === 'object')
    defaultEach(value, schema.additionalProperties, schema.properties ?? {})
}

function defaultEach(record: JsonRecord, schema: StructuralSchema, known: Readonly<Record<string, unknown>>): void {
  for (const [name, item] of Object.entries(record)) if (!Object.hasOwn(known, name)) applyDefaults(item, schema)
}
