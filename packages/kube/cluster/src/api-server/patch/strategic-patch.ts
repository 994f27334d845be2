import type { Field, FieldSchema } from '../field-schema.ts'
import { isRecord, type JsonRecord, jsonEqual } from '../json-record.ts'

const directives = new Set(['$patch', '$retainKeys'])
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

/** A strategic patch that makes no sense for the kind. */
class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError'
}

/**
 * Applies a strategic merge patch: objects merge, null removes, lists merge by the key that the schema names or are
 * replaced. Understands `$patch: delete | replace | merge`, `$retainKeys`, `$deleteFromPrimitiveList/…` and
 * `$setElementOrder/…`. The inputs are not changed.
 */
export function applyStrategicPatch(target: unknown, patch: JsonRecord, schema: FieldSchema): JsonRecord {
  if (patch['$patch'] === 'replace') return withoutDirectives(patch)
  if (patch['$patch'] === 'delete') return {}
  const result: JsonRecord = isRecord(target) ? { ...target } : {}
  retainKeys(result, patch['$retainKeys'])
  for (const [name, value] of Object.entries(patch)) {
    if (directives.has(name) || name.startsWith(orderPrefix)) continue
    if (name.startsWith(deletePrefix)) {
      const list = name.slice(deletePrefix.length)
      const removed = asList(value)
      if (Array.isArray(result[list])) result[list] = asList(result[list]).filter((item) => !removed.includes(item))
      continue
    }
    if (value === null) delete result[name]
    else result[name] = merge(result[name], value, fieldOf(schema, name))
  }
  for (const [name, value] of Object.entries(patch)) {
    if (!name.startsWith(orderPrefix)) continue
    const list = name.slice(orderPrefix.length)
    const key = fieldOf(schema, list)?.mergeKey
    const before = isRecord(target) ? asList(target[list]) : []
    if (key !== undefined && Array.isArray(result[list]))
      result[list] = inOrder(asList(result[list]), before, asList(value), key)
  }
  return result
}

function merge(target: unknown, patch: unknown, field: Field | undefined): unknown {
  if (isRecord(patch)) return applyStrategicPatch(target, patch, field?.schema ?? { kind: 'scalar', scalar: 'any' })
  if (!Array.isArray(patch) || field?.mergeKey === undefined || field.schema.kind !== 'list') return patch
  const before = asList(target)
  const key = field.mergeKey
  if (patch.some((item) => isRecord(item) && item['$patch'] === 'replace' && item[key] === undefined)) {
    return patch.filter((item) => !isRecord(item) || item['$patch'] === undefined)
  }
  const merged = key === '' ? mergeScalars(before, patch) : mergeItems(before, patch, key, field.schema.item)
  return inOrder(merged, before, patch, key)
}

function mergeScalars(target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  return [...target, ...patch.filter((item) => !target.includes(item))]
}

function mergeItems(
  target: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  schema: FieldSchema,
): unknown[] {
  const result = [...target]
  for (const item of patch.filter(isRecord)) {
    const id = item[key]
    if (id === undefined)
      throw new StrategicPatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    const index = result.findIndex((existing) => isRecord(existing) && jsonEqual(existing[key], id))
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1)
    } else if (index < 0) result.push(applyStrategicPatch({}, item, schema))
    else result[index] = applyStrategicPatch(result[index], item, schema)
  }
  return result
}

/**
 * Puts the listed items in the listed order. Items that only the server has keep their order, and stay before a listed
 * item that they were before.
 */
function inOrder(
  merged: readonly unknown[],
  before: readonly unknown[],
  order: readonly unknown[],
  key: string,
): unknown[] {
  const idOf = (item: unknown) => (key !== '' && isRecord(item) ? item[key] : item)
  const rankIn = (list: readonly unknown[], item: unknown) =>
    list.findIndex((other) => jsonEqual(idOf(other), idOf(item)))
  const byRank = (list: readonly unknown[]) => (a: unknown, b: unknown) => rankIn(list, a) - rankIn(list, b)
  const listed = merged.filter((item) => rankIn(order, item) >= 0).toSorted(byRank(order))
  const others = merged.filter((item) => rankIn(order, item) < 0).toSorted(byRank(before))
  const result: unknown[] = []
  while (listed.length > 0 && others.length > 0) {
    const [listedRank, otherRank] = [rankIn(before, listed[0]), rankIn(before, others[0])]
    const isOtherFirst = listedRank >= 0 && otherRank >= 0 && otherRank < listedRank
    result.push(isOtherFirst ? others.shift() : listed.shift())
  }
  return [...result, ...listed, ...others]
}

/** `$retainKeys` names the only fields that stay. */
function retainKeys(result: JsonRecord, keys: unknown): void {
  if (!Array.isArray(keys)) return
  for (const name of Object.keys(result)) if (!keys.includes(name)) delete result[name]
}

function withoutDirectives(patch: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(patch).filter(([name, value]) => !name.startsWith('$') && value !== null))
}

function fieldOf(schema: FieldSchema, name: string): Field | undefined {
  if (schema.kind === 'struct') return schema.fields.get(name)
  return schema.kind === 'map' ? { schema: schema.value, presence: 'when-set' } : undefined
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
