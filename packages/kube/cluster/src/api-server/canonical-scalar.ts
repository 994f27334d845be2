import { parseQuantity } from '@csi-ts/kube-api'
import type { ScalarName } from './field-schema.ts'
import { isRecord } from './json-record.ts'

/** A value whose type is not the field's; answered with 400. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** Where in an object a value is. */
export interface Place {
  /** With list indexes and map keys, for messages about unknown fields. */
  readonly path: string
  /** Without them, as Go's decoder says it. */
  readonly goPath: string
  /** The Go struct that the field is in. */
  readonly struct: string
}

/** The one form of a scalar. Throws DecodeError when it is none of its type. */
export function canonicalScalar(value: unknown, scalar: ScalarName, place: Place): unknown {
  switch (scalar) {
    case 'any':
      return value
    case 'string':
      if (typeof value !== 'string') throw typeMismatch(value, place, 'string')
      return value
    case 'bytes':
      if (typeof value !== 'string') throw typeMismatch(value, place, '[]uint8')
      if (!isBase64(value)) throw new DecodeError(`illegal base64 data at input byte ${firstBadByte(value)}`)
      return value
    case 'bool':
      if (typeof value !== 'boolean') throw typeMismatch(value, place, 'bool')
      return value
    case 'int32':
    case 'int64':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw typeMismatch(value, place, scalar)
      return value
    case 'number':
      if (typeof value !== 'number') throw typeMismatch(value, place, 'float64')
      return value
    case 'intorstring':
      if (typeof value !== 'string' && !Number.isInteger(value)) throw typeMismatch(value, place, 'int32')
      return value
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') throw typeMismatch(value, place, 'Quantity')
      return quantity(String(value))
    case 'time':
      return time(value)
    case 'microtime':
      return microTime(value)
  }
}

/** What Go writes for a scalar that nobody set. */
export function zeroScalar(scalar: ScalarName): unknown {
  switch (scalar) {
    case 'string':
      return ''
    case 'quantity':
      return '0'
    case 'int32':
    case 'int64':
    case 'number':
    case 'intorstring':
      return 0
    case 'bool':
      return false
    case 'bytes':
    case 'time':
    case 'microtime':
    case 'any':
      return null
  }
}

/** The error of Go's JSON decoder. */
export function typeMismatch(value: unknown, { struct, goPath }: Place, wanted: string): DecodeError {
  const given = Array.isArray(value)
    ? 'array'
    : isRecord(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
  const what = goPath === '' ? 'value' : `struct field ${struct}.${goPath}`
  return new DecodeError(`json: cannot unmarshal ${given} into Go ${what} of type ${wanted}`)
}

function quantity(text: string): string {
  try {
    return parseQuantity(text).toString()
  } catch (error) {
    const why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    throw new DecodeError(why, { cause: error })
  }
}

/** Times have whole seconds, in UTC. */
function time(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const isTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
  if (!isTime || Number.isNaN(Date.parse(text))) {
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse`)
  }
  return `${new Date(text).toISOString().slice(0, 19)}Z`
}

/** Micro times have exactly six digits after the point; three, as `toISOString` writes them, are refused. */
function microTime(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null || Number.isNaN(Date.parse(text))) {
    const why = `cannot parse ${JSON.stringify(text.slice(19))} as ".000000"`
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": ${why}`)
  }
  const [, seconds, micros, zone] = match
  return `${new Date(`${seconds}${zone}`).toISOString().slice(0, 19)}.${micros}Z`
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

function firstBadByte(text: string): number {
  const good = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0
  return Math.min(good, text.length)
}
