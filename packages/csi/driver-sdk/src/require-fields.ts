import { Code, CsiError } from '@csi-ts/csi-rpc'

/**
 * Checks that fields of a message are set: strings not empty, lists and maps with at least one element, messages present.
 * @param fields protobuf names (`volume_id`)
 * @throws CsiError InvalidArgument naming the first field that is missing
 */
export function requireFields(message: object, fields: readonly string[]): void {
  const values = new Map<string, unknown>(Object.entries(message))
  for (const field of fields) {
    if (!isGiven(values.get(toPropertyName(field)))) throw missingField(field)
  }
}

/** The error for a required field that is missing. */
export function missingField(field: string): CsiError {
  return new CsiError(Code.InvalidArgument, `missing required field ${field}`)
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return true
}

function toPropertyName(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}
