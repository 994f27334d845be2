import { type FieldError, invalidValue, notSupported, required, tooLong } from '../field-error.ts'
import { isRecord, jsonEqual } from '../json-record.ts'
import type { StructuralSchema } from './structural-schema.ts'

/** What of a value breaks its schema. Types, enums, ranges, lengths, patterns, required fields and value combinations. */
export function schemaErrors(value: unknown, schema: StructuralSchema, field = ''): FieldError[] {
  if (value === null && schema.nullable === true) return []
  const wrongType = typeError(value, schema, field)
  if (wrongType !== undefined) return [wrongType]
  return [
    ...enumErrors(value, schema, field),
    ...valueErrors(value, schema, field),
    ...combinationErrors(value, schema, field),
  ]
}

function typeError(value: unknown, schema: StructuralSchema, field: string): FieldError | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' || Number.isInteger(value) ? undefined : mustBe(value, 'integer,string', field)
  }
  return schema.type === undefined || schema.type === '' || isOfType(value, schema.type)
    ? undefined
    : mustBe(value, schema.type, field)
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isRecord(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function mustBe(value: unknown, type: string, field: string): FieldError {
  const given =
    value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value
  return {
    ...invalidValue(field, given, `${field} in body must be of type ${type}: ${JSON.stringify(given)}`),
    type: 'FieldValueTypeInvalid',
  }
}

function enumErrors(value: unknown, schema: StructuralSchema, field: string): FieldError[] {
  if (schema.enum === undefined || schema.enum.some((allowed) => jsonEqual(allowed, value))) return []
  return [notSupported(field, value, schema.enum.map(String))]
}

function valueErrors(value: unknown, schema: StructuralSchema, field: string): FieldError[] {
  if (typeof value === 'string') return stringErrors(value, schema, field)
  if (typeof value === 'number') return numberErrors(value, schema, field)
  if (Array.isArray(value)) return listErrors(value, schema, field)
  return isRecord(value) ? objectErrors(value, schema, field) : []
}

/** The first rule that a string breaks, as the real server stops there. */
function stringErrors(value: string, { minLength, maxLength, pattern }: StructuralSchema, field: string): FieldError[] {
  const length = Array.from(value).length
  const should = (why: string) => [invalidValue(field, value, `${field} in body should ${why}`)]
  if (maxLength !== undefined && length > maxLength) return [tooLong(field, maxLength)]
  if (minLength !== undefined && length < minLength) return should(`be at least ${minLength} chars long`)
  return pattern === undefined || new RegExp(pattern, 'u').test(value) ? [] : should(`match '${pattern}'`)
}

function numberErrors(value: number, schema: StructuralSchema, field: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const should = (why: string) => invalidValue(field, value, `${field} in body should ${why}`)
  const isTooSmall = minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)
  const isTooLarge = maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)
  return [
    ...(isTooSmall ? [should(`be greater than ${exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`)] : []),
    ...(isTooLarge ? [should(`be less than ${exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`)] : []),
    ...(multipleOf !== undefined && value % multipleOf !== 0 ? [should(`be a multiple of ${multipleOf}`)] : []),
  ]
}

function listErrors(
  value: readonly unknown[],
  { minItems, maxItems, items }: StructuralSchema,
  field: string,
): FieldError[] {
  const count = value.length
  return [
    ...(minItems !== undefined && count < minItems
      ? [invalidValue(field, count, `${field} in body should have at least ${minItems} items`)]
      : []),
    ...(maxItems !== undefined && count > maxItems
      ? [{ type: 'FieldValueTooMany' as const, field, value: count, detail: `must have at most ${maxItems} items` }]
      : []),
    ...(items === undefined ? [] : value.flatMap((item, index) => schemaErrors(item, items, `${field}[${index}]`))),
  ]
}

function objectErrors(value: Readonly<Record<string, unknown>>, schema: StructuralSchema, field: string): FieldError[] {
  const at = (name: string) => (field === '' ? name : `${field}.${name}`)
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined)
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  const count = Object.keys(value).length
  const { minProperties, maxProperties } = schema
  return [
    ...missing.map((name) => required(at(name))),
    ...(minProperties !== undefined && count < minProperties
      ? [invalidValue(field, count, `${field} in body should have at least ${minProperties} properties`)]
      : []),
    ...(maxProperties !== undefined && count > maxProperties
      ? [
          {
            type: 'FieldValueTooMany' as const,
            field,
            value: count,
            detail: `must have at most ${maxProperties} items`,
          },
        ]
      : []),
    ...Object.entries(value).flatMap(([name, item]) => {
      const known = schema.properties?.[name] ?? additional
      return known === undefined || item === undefined ? [] : schemaErrors(item, known, at(name))
    }),
  ]
}

function combinationErrors(
  value: unknown,
  { allOf, anyOf, oneOf, not }: StructuralSchema,
  field: string,
): FieldError[] {
  const matching = (schemas: readonly StructuralSchema[]) =>
    schemas.filter((schema) => schemaErrors(value, schema, field).length === 0).length
  const invalid = (why: string) => invalidValue(field, value, `${JSON.stringify(field)} must validate ${why}`)
  return [
    ...(allOf ?? []).flatMap((schema) => schemaErrors(value, schema, field)),
    ...(anyOf !== undefined && matching(anyOf) === 0 ? [invalid('at least one schema (anyOf)')] : []),
    ...(oneOf !== undefined && matching(oneOf) !== 1
      ? [invalid('one and only one schema (oneOf). Found none valid')]
      : []),
    ...(not !== undefined && matching([not]) === 1 ? [invalid('not the schema (not)')] : []),
  ]
}
