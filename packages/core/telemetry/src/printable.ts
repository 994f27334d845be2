import { errorText } from './error-text.ts'
import { Secret, strippedText } from './secret.ts'

/** JSON data, plus bigint for whole numbers of any size. */
export type Printable =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Printable[]
  | { readonly [key: string]: Printable }

/** A string longer than this is cut, with a note. */
const maxTextLength = 16_384
/** Objects, elements and properties that one value may have in all; the rest is left out, with a note. */
const maxNodes = 1_000
const maxDepth = 12

/** Properties that hold secrets whatever they belong to: the floor below typed redaction. Lower case. */
const secretKeys: ReadonlySet<string> = new Set([
  'secrets',
  'password',
  'passphrase',
  'token',
  'accesstoken',
  'access_token',
  'refreshtoken',
  'refresh_token',
  'securitytoken',
  'security_token',
  'authorization',
  'clientsecret',
  'client_secret',
  'secretid',
  'secretkey',
  'secret_key',
  'stringdata',
  'clientkeydata',
  'client-key-data',
  // Kubelet puts the pod's service account tokens into the volume context under this name.
  'csi.storage.k8s.io/serviceaccount.tokens',
])

/**
 * Any value as plain data that is safe to print: no secrets ({@link Secret}, properties named like one, the data of a
 * Kubernetes Secret), no cycles, no bytes, no functions, bounded in size. Never throws.
 */
export function toPrintable(value: unknown): Printable {
  return convert(value, { nodes: 0, path: [] })
}

/** True for a property name whose value is never printed. */
export function isSecretKey(key: string): boolean {
  return secretKeys.has(key.toLowerCase())
}

/** One-line JSON of {@link toPrintable}'s result; bigint as a bare number. */
export function toJsonText(value: Printable): string {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(toJsonText).join(',')}]`
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${toJsonText(member)}`)
  return `{${members.join(',')}}`
}

interface Walk {
  nodes: number
  readonly path: object[]
}

function convert(value: unknown, walk: Walk): Printable {
  switch (typeof value) {
    case 'string':
      return cut(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
    case 'boolean':
      return value
    case 'undefined':
      return null
    case 'symbol':
      return value.toString()
    case 'function':
      return `<function ${value.name}>`
    case 'object':
      return value === null ? null : convertObject(value, walk)
  }
}

function convertObject(value: object, walk: Walk): Printable {
  if (walk.path.includes(value)) return '<circular>'
  if (walk.path.length >= maxDepth) return '<too deep>'
  walk.path.push(value)
  try {
    return convertMembers(value, walk)
  } catch (error) {
    return `<unprintable: ${errorText(error)}>` // a getter, a proxy or a toJSON threw
  } finally {
    walk.path.pop()
  }
}

function convertMembers(value: object, walk: Walk): Printable {
  if (value instanceof Secret) return strippedText
  if (value instanceof Error) return cut(errorText(value))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`
  if (value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`
  if (value instanceof Map) return convertEntries(value.entries(), walk)
  if (Array.isArray(value) || value instanceof Set) return convertList(value, walk)
  if (hasToJson(value)) return convert(value.toJSON(), walk)
  const entries = Object.entries(value)
  const isKubernetesSecret = 'kind' in value && value.kind === 'Secret'
  return convertEntries(isKubernetesSecret ? entries.map(stripData) : entries, walk)
}

function convertList(values: Iterable<unknown>, walk: Walk): Printable {
  const list: Printable[] = []
  for (const value of values) {
    if (++walk.nodes > maxNodes) return [...list, '<more left out>']
    list.push(convert(value, walk))
  }
  return list
}

function convertEntries(entries: Iterable<readonly [unknown, unknown]>, walk: Walk): Printable {
  const members: [string, Printable][] = []
  for (const [key, value] of entries) {
    if (value === undefined) continue
    if (++walk.nodes > maxNodes) {
      members.push(['<more>', 'left out'])
      break
    }
    const name = typeof key === 'string' ? key : String(key)
    members.push([name, isSecretKey(name) ? strippedText : convert(value, walk)])
  }
  return Object.fromEntries(members)
}

function stripData([key, value]: [string, unknown]): [string, unknown] {
  return [key, key === 'data' ? strippedText : value]
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function isList(value: object): value is readonly Printable[] {
  return Array.isArray(value)
}

function cut(text: string): string {
  if (text.length <= maxTextLength) return text
  return `${text.slice(0, maxTextLength)} [log capped to ${maxTextLength} chars]`
}
