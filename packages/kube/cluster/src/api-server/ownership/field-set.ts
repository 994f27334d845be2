import { isRecord, type JsonRecord } from '../json-record.ts'

/**
 * A set of paths into an object, as a tree. A path ends at a node that is a member; steps are those of `FieldsV1`:
 * `f:NAME`, `k:{"key":"value"}`, `v:"value"`.
 */
export interface FieldSet {
  readonly isMember: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

/** The set without paths. */
export const noFields: FieldSet = { isMember: false, children: new Map() }

/** The set of one path: the empty one. */
export const thisField: FieldSet = { isMember: true, children: new Map() }

/** A set under construction, from the inside out; children without paths are left out. */
export function fieldSet(isMember: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { isMember, children: new Map([...children].filter(([, child]) => !isEmptySet(child))) }
}

export function isEmptySet({ isMember, children }: FieldSet): boolean {
  return !isMember && children.size === 0
}

/** Paths in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB)
}

/** Paths in the first and not in the second. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB)
}

/** Paths in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB)
}

/** The set without a path and all that is below it. */
export function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [step, ...rest] = path
  if (step === undefined) return noFields
  const child = set.children.get(step)
  if (child === undefined) return set
  const others = [...set.children].filter(([name]) => name !== step)
  return fieldSet(set.isMember, [...others, [step, without(child, rest)]])
}

/** Every path, for messages: `.spec.containers[name="a"].image`. */
export function pathTexts(set: FieldSet, prefix = ''): string[] {
  const own = set.isMember ? [prefix] : []
  return [...own, ...[...set.children].flatMap(([step, child]) => pathTexts(child, prefix + stepText(step)))]
}

/** The `fieldsV1` of a set. */
export function toFieldsV1({ children }: FieldSet): JsonRecord {
  const entries = [...children].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([step, child]) => [step, nodeJson(child)]))
}

/** Reads `fieldsV1`. What is no object is the empty set. */
export function fromFieldsV1(json: unknown): FieldSet {
  if (!isRecord(json)) return noFields
  return fieldSet(
    false,
    Object.entries(json).map(([step, child]) => [step, nodeSet(child)]),
  )
}

function nodeJson(set: FieldSet): JsonRecord {
  const inner = toFieldsV1(set)
  return set.isMember && set.children.size > 0 ? { '.': {}, ...inner } : inner
}

function nodeSet(json: unknown): FieldSet {
  if (!isRecord(json)) return noFields
  const { '.': self, ...rest } = json
  const { children } = fromFieldsV1(rest)
  return { isMember: self !== undefined || children.size === 0, children }
}

function combine(a: FieldSet, b: FieldSet, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const steps = new Set([...a.children.keys(), ...b.children.keys()])
  const children = [...steps].map((step): [string, FieldSet] => [
    step,
    combine(a.children.get(step) ?? noFields, b.children.get(step) ?? noFields, keep),
  ])
  return fieldSet(keep(a.isMember, b.isMember), children)
}

function stepText(step: string): string {
  const rest = step.slice(2)
  if (step.startsWith('f:')) return `.${rest}`
  if (step.startsWith('v:')) return `[=${rest}]`
  const keys = Object.entries(JSON.parse(rest) as JsonRecord).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return `[${keys.join(',')}]`
}
