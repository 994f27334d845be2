import { isRecord } from './json-record.ts'

/** A rule that a field of an object breaks; texts are the real API server's. */
export interface FieldError {
  /** Machine readable, goes into `details.causes[].reason`. */
  readonly type: keyof typeof titles
  /** e.g. `spec.accessModes[0]`. */
  readonly field: string
  /** Absent: not part of the text. */
  readonly value?: unknown
  readonly detail?: string
}

const titles = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueNotFound: 'Not found',
  FieldValueTypeInvalid: 'Invalid value',
} as const

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, detail }
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, value, detail }
}

/** The allowed values are listed in the given order. */
export function notSupported(field: string, value: unknown, allowed: readonly string[]): FieldError {
  const list = allowed.map((text) => JSON.stringify(text))
  return { type: 'FieldValueNotSupported', field, value, detail: `supported values: ${list.join(', ')}` }
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, detail }
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { type: 'FieldValueTooLong', field, detail: `may not be more than ${maxBytes} bytes` }
}

/** The text without the field's name. */
export function bodyText(error: FieldError): string {
  const hasValue = 'value' in error
  const value = hasValue ? `: ${JSON.stringify(sorted(error.value ?? null))}` : ''
  return `${titles[error.type]}${value}${error.detail === undefined || error.detail === '' ? '' : `: ${error.detail}`}`
}

/** All errors in one text: alone, or `[a, b]` without repetitions. */
export function aggregateText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${bodyText(error)}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

/** Go prints maps in the order of their keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  )
}
