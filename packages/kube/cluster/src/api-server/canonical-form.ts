import { canonicalScalar, type Place, typeMismatch, zeroScalar } from './canonical-scalar.ts'
import type { Field, FieldSchema } from './field-schema.ts'
import { isRecord, type JsonRecord } from './json-record.ts'

/**
 * A value as the API server would write it after having read it: unknown and empty fields left out, structs always there,
 * quantities and times in their one form. The input is not changed.
 *
 * @param unknownFields collects the paths of fields that the schema does not have.
 * @throws DecodeError when a value has the wrong type.
 */
export function canonicalize(value: unknown, schema: FieldSchema, unknownFields: string[]): unknown {
  return canonicalValue(value, schema, { path: '', goPath: '', struct: '' }, unknownFields)
}

function canonicalValue(value: unknown, schema: FieldSchema, place: Place, unknownFields: string[]): unknown {
  switch (schema.kind) {
    case 'scalar':
      return canonicalScalar(value, schema.scalar, place)
    case 'list': {
      if (!Array.isArray(value)) throw typeMismatch(value, place, `[]${goType(schema.item)}`)
      return value.map((item: unknown, index) =>
        item === null
          ? zeroOf(schema.item)
          : canonicalValue(item, schema.item, { ...place, path: `${place.path}[${index}]` }, unknownFields),
      )
    }
    case 'map': {
      if (!isRecord(value)) throw typeMismatch(value, place, goType(schema))
      const entries = Object.entries(value).map(([key, item]) => [
        key,
        item === null
          ? zeroOf(schema.value)
          : canonicalValue(item, schema.value, { ...place, path: `${place.path}.${key}` }, unknownFields),
      ])
      return Object.fromEntries(entries)
    }
    case 'struct':
      if (!isRecord(value)) throw typeMismatch(value, place, goType(schema))
      return canonicalStruct(value, schema, place, unknownFields)
  }
}

type StructSchema = Extract<FieldSchema, { kind: 'struct' }>

function canonicalStruct(value: JsonRecord, schema: StructSchema, place: Place, unknownFields: string[]): JsonRecord {
  const result: JsonRecord = {}
  const prefix = place.path === '' ? '' : `${place.path}.`
  const goPrefix = place.goPath === '' ? '' : `${place.goPath}.`
  const struct = schema.name.slice(schema.name.lastIndexOf('.') + 1)
  for (const [name, field] of schema.fields) {
    const given = value[name]
    if (given === undefined || given === null) {
      if (field.presence === 'always') result[name] = zeroOf(field.schema)
      else if (field.presence === 'nullable') result[name] = null
      continue
    }
    const at = { path: `${prefix}${name}`, goPath: `${goPrefix}${name}`, struct }
    const canonical = canonicalValue(given, field.schema, at, unknownFields)
    if (field.presence === 'omit-empty' && isEmpty(canonical)) continue
    result[name] = isLostWhenStored(field, canonical) ? null : canonical
  }
  for (const name of Object.keys(value)) if (!schema.fields.has(name)) unknownFields.push(`${prefix}${name}`)
  return result
}

/** Objects are stored in a form that has no empty lists and maps: where these are always written, they come back as null. */
function isLostWhenStored({ presence, schema }: Field, canonical: unknown): boolean {
  return presence === 'always' && schema.kind !== 'struct' && typeof canonical === 'object' && isEmpty(canonical)
}

/** What Go writes for a field that nobody set. */
function zeroOf(schema: FieldSchema): unknown {
  if (schema.kind === 'struct') return canonicalStruct({}, schema, { path: '', goPath: '', struct: '' }, [])
  return schema.kind === 'scalar' ? zeroScalar(schema.scalar) : null
}

function goType(schema: FieldSchema): string {
  switch (schema.kind) {
    case 'scalar':
      return schema.scalar
    case 'list':
      return `[]${goType(schema.item)}`
    case 'map':
      return `map[string]${goType(schema.value)}`
    case 'struct':
      return schema.name.slice(schema.name.indexOf('/') + 1)
  }
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return isRecord(value) && Object.keys(value).length === 0
}
