import type { FieldSchema } from '../field-schema.ts'
import { isRecord } from '../json-record.ts'
import { childValues } from './compare-fields.ts'
import { type FieldSet, isEmptySet, noFields } from './field-set.ts'
import { listStep } from './list-step.ts'

/** What is there with what a client applies laid over it: granular lists and maps merge, atomic ones are replaced. */
export function mergeConfiguration(live: unknown, wanted: unknown, schema: FieldSchema): unknown {
  if (wanted === undefined) return live
  if (schema.kind === 'list' && schema.list !== 'atomic' && Array.isArray(live) && Array.isArray(wanted)) {
    const keys = schema.keys
    const wantedItems = new Map(wanted.map((item: unknown) => [listStep(item, keys), item]))
    const kept = live.map((item: unknown) =>
      mergeConfiguration(item, wantedItems.get(listStep(item, keys)), schema.item),
    )
    const known = new Set(live.map((item: unknown) => listStep(item, keys)))
    return [...kept, ...[...wantedItems].filter(([step]) => !known.has(step)).map(([, item]) => item)]
  }
  const children = childValues(wanted, schema)
  if (children === undefined || !isRecord(live) || !isRecord(wanted)) return wanted
  const merged = { ...live }
  for (const [step, { value, schema: childSchema }] of children) {
    const name = step.slice('f:'.length)
    merged[name] = mergeConfiguration(live[name], value, childSchema)
  }
  return merged
}

/**
 * The value without the fields and items of a set. Containers that are emptied by it go as well; those that hold
 * something that is still owned stay.
 */
export function removeFields(value: unknown, schema: FieldSchema, removed: FieldSet, owned: FieldSet): unknown {
  if (isEmptySet(removed)) return value
  const children = childValues(value, schema)
  if (children === undefined) return value
  const keep = (step: string, child: unknown, childSchema: FieldSchema): readonly [unknown] | undefined => {
    const set = removed.children.get(step)
    if (set === undefined) return [child]
    const stillOwned = owned.children.get(step) ?? noFields
    if (set.isMember && isEmptySet(stillOwned)) return undefined
    const rest = removeFields(child, childSchema, set, stillOwned)
    const isEmptied =
      rest !== child && (Array.isArray(rest) ? rest.length === 0 : isRecord(rest) && Object.keys(rest).length === 0)
    return isEmptied ? undefined : [rest]
  }
  if (schema.kind === 'list' && Array.isArray(value)) {
    return value.flatMap((item: unknown) => keep(listStep(item, schema.keys), item, schema.item) ?? [])
  }
  const entries = [...children].flatMap(([step, child]) => {
    const kept = keep(step, child.value, child.schema)
    return kept === undefined ? [] : [[step.slice('f:'.length), kept[0]] as const]
  })
  return Object.fromEntries(entries)
}
