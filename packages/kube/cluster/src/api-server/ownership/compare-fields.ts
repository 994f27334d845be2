import { anything, type FieldSchema } from '../field-schema.ts'
import { isRecord, type JsonRecord, jsonEqual } from '../json-record.ts'
import { type FieldSet, fieldSet, isEmptySet, noFields, thisField } from './field-set.ts'
import { listStep } from './list-step.ts'

/** How two states of an object differ. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

type Part = 'added' | 'modified' | 'removed'
const parts = ['added', 'modified', 'removed'] as const
const nothing: Comparison = { added: noFields, modified: noFields, removed: noFields }

/**
 * Compares two states field by field, as field owners see them: atomic lists and maps are one field. A container that one
 * side does not have at all counts as a field, too.
 */
export function compareFields(before: unknown, after: unknown, schema: FieldSchema): Comparison {
  if (before === undefined && after === undefined) return nothing
  const children = childrenOf(before, after, schema)
  if (children === undefined) return leaf(before, after)
  return assemble(children, before === undefined ? 'added' : after === undefined ? 'removed' : undefined)
}

/** The fields that a value sets: what an apply wants to own. */
export function fieldsOf(value: unknown, schema: FieldSchema): FieldSet {
  const children = childValues(value, schema)
  if (children === undefined) return thisField
  return fieldSet(
    false,
    [...children].map(([step, { value: child, schema: childSchema, isItem }]): [string, FieldSet] => {
      const inner = fieldsOf(child, childSchema)
      const isEmptyContainer = isRecord(child) && Object.keys(child).length === 0
      return [step, { ...inner, isMember: inner.isMember || isItem || isEmptyContainer }]
    }),
  )
}

/** A field or list item below a value. */
export interface ChildValue {
  readonly value: unknown
  readonly schema: FieldSchema
  /** An item of a list or map, as opposed to the field of a struct: it is owned as such. */
  readonly isItem: boolean
}

/** The children of a value by their step; undefined when it is one field. */
export function childValues(value: unknown, schema: FieldSchema): Map<string, ChildValue> | undefined {
  switch (schema.kind) {
    case 'scalar':
      return schema.scalar === 'any' && isRecord(value) ? recordChildren(value, () => anything, true) : undefined
    case 'map':
      if (schema.atomic || !isRecord(value)) return undefined
      return recordChildren(value, () => schema.value, true)
    case 'struct':
      if (schema.atomic || !isRecord(value)) return undefined
      return recordChildren(value, (name) => schema.fields.get(name)?.schema ?? anything, false)
    case 'list':
      if (schema.list === 'atomic' || !Array.isArray(value)) return undefined
      return new Map(
        value.map((item: unknown) => [listStep(item, schema.keys), { value: item, schema: schema.item, isItem: true }]),
      )
  }
}

function recordChildren(
  record: JsonRecord,
  schemaOf: (name: string) => FieldSchema,
  isItem: boolean,
): Map<string, ChildValue> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  return new Map(entries.map(([name, value]) => [`f:${name}`, { value, schema: schemaOf(name), isItem }]))
}

function childrenOf(before: unknown, after: unknown, schema: FieldSchema): Map<string, Comparison> | undefined {
  const old = before === undefined || before === null ? undefined : childValues(before, schema)
  const now = after === undefined || after === null ? undefined : childValues(after, schema)
  // Both without children: the difference between "empty" and "not there" is all there is.
  if ((old?.size ?? 0) === 0 && (now?.size ?? 0) === 0) return undefined
  const steps = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])
  return new Map(
    [...steps].map((step) => {
      const childSchema = (now?.get(step) ?? old?.get(step))?.schema ?? anything
      return [step, compareFields(old?.get(step)?.value, now?.get(step)?.value, childSchema)]
    }),
  )
}

function leaf(before: unknown, after: unknown): Comparison {
  if (before === undefined) return { ...nothing, added: thisField }
  if (after === undefined) return { ...nothing, removed: thisField }
  return jsonEqual(before, after) ? nothing : { ...nothing, modified: thisField }
}

function assemble(children: ReadonlyMap<string, Comparison>, own: Part | undefined): Comparison {
  const setOf = (part: Part): FieldSet => {
    const inner = [...children]
      .map(([step, child]): [string, FieldSet] => [step, child[part]])
      .filter(([, set]) => !isEmptySet(set))
    return fieldSet(own === part, inner)
  }
  const [added, modified, removed] = parts.map(setOf)
  return { added: added ?? noFields, modified: modified ?? noFields, removed: removed ?? noFields }
}
