import { enumNames, fieldTypes, methodTypes, oneofs, secretFields } from '@csi-ts/csi-proto'
import { isSecretKey, type Printable, strippedText, toJsonText, toPrintable } from '@csi-ts/telemetry'

/**
 * A message as it may be logged: fields that are set, under their protobuf names in alphabetical order, enums by name,
 * and `***stripped***` in place of every field with the `csi_secret` option, at any depth. Volume contexts, publish
 * contexts and parameters are not secret. In a type that is not known, fields called `secrets` are stripped.
 * @param type message type (`csi.v1.CreateVolumeRequest`) or method path, which means its request
 */
export function redact(type: string, message: unknown): Printable {
  return redactMessage(methodTypes[type]?.[0] ?? type, message)
}

/** {@link redact} as one line of JSON, with 64-bit integers as numbers. */
export function redactedText(type: string, message: unknown): string {
  return toJsonText(redact(type, message))
}

function redactMessage(type: string, message: unknown): Printable {
  if (!isObject(message)) return toPrintable(message)
  const unions = oneofs[type] ?? []
  const secrets = secretFields[type] ?? ['secrets']
  const types = fieldTypes[type] ?? {}
  const fields: Record<string, Printable> = {}
  for (const [property, held] of Object.entries(message)) {
    const [name, value] =
      unions.includes(property) && isObject(held) ? [String(held['$case']), held['value']] : [property, held]
    if (!isSet(value, types[name])) continue
    fields[toSnakeCase(name)] = secrets.includes(name) ? strippedText : redactValue(types[name], value)
  }
  return sorted(fields)
}

function redactValue(type: string | undefined, value: unknown): Printable {
  if (Array.isArray(value)) return value.map((item) => redactValue(type, item))
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (type === undefined) return isObject(value) ? sorted(mapValues(value)) : toPrintable(value)
  if (typeof value === 'number') return enumNames[type]?.[value] ?? value
  return redactMessage(type, value)
}

/** proto3 presence: zero scalars and empty lists and maps are not set, messages and wrapped scalars are. */
function isSet(value: unknown, type: string | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0
  if (type !== undefined && enumNames[type] === undefined) return true
  if (typeof value === 'object') return Object.keys(value).length > 0
  return value !== 0 && value !== 0n && value !== '' && value !== false
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/**
 * Values of a map are scalars. Its keys are data: `__proto__` is one like any other, and a few say that the value is secret, as the
 * service account tokens do that kubelet puts into a volume context.
 */
function mapValues(map: Readonly<Record<string, unknown>>): Record<string, Printable> {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [key, isSecretKey(key) ? strippedText : toPrintable(value)]),
  )
}

function sorted(fields: Readonly<Record<string, Printable>>): Printable {
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
