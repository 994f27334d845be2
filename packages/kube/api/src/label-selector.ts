import type { LabelSelector } from './generated/kube-types.ts'

/** How a label requirement compares. `Gt` and `Lt` compare as integers, which label values allow without a sign only. */
export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'

/** One condition on one label. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** Empty for `Exists` and `DoesNotExist`, one for `Gt` and `Lt`. */
  readonly values: readonly string[]
}

type Labels = Readonly<Record<string, string>> | undefined

/**
 * Parses the text form, as in `labelSelector=`: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, `a>1`,
 * `a<1`, joined by commas. Empty text is the empty list, which everything matches. Throws an Error that quotes the part
 * at fault.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return splitOutsideParentheses(text)
    .filter((part, _index, all) => part !== '' || all.length > 1)
    .map((part) => parseRequirement(part, text))
}

/** The requirements that a selector in an object (`matchLabels`, `matchExpressions`) stands for. Throws on an unknown operator. */
export function labelRequirements(selector: DeepReadonlySelector): LabelRequirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'In', values: [value] }),
  )
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }): LabelRequirement => {
    if (!isSelectorOperator(operator)) {
      throw new Error(`"${operator}" is not a selector operator: want In, NotIn, Exists or DoesNotExist`)
    }
    if ((operator === 'In' || operator === 'NotIn') === (values.length === 0)) {
      throw new Error(`label ${key}: operator ${operator} ${values.length === 0 ? 'needs' : 'takes no'} values`)
    }
    return { key, operator, values }
  })
  return [...equal, ...expressions]
}

/**
 * Whether labels satisfy every requirement. `NotIn` is satisfied by a label that is not there. An absent `LabelSelector`
 * matches nothing and an empty one everything, as in the API.
 */
export function matchesLabels(
  selector: readonly LabelRequirement[] | DeepReadonlySelector | undefined,
  labels: Labels,
): boolean {
  if (selector === undefined) return false
  const requirements = isRequirementList(selector) ? selector : labelRequirements(selector)
  return requirements.every((requirement) => satisfies(requirement, labels))
}

/** The text form of requirements, as {@link parseLabelSelector} reads it. */
export function formatLabelSelector(requirements: readonly LabelRequirement[]): string {
  return requirements.map(formatRequirement).join(',')
}

/** A `LabelSelector` of an object, cached or not. */
export interface DeepReadonlySelector {
  readonly matchLabels?: Readonly<NonNullable<LabelSelector['matchLabels']>> | undefined
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined
}

function satisfies({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      const [limit] = values
      if (value === undefined || limit === undefined || !isInteger(value) || !isInteger(limit)) return false
      return operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
    }
  }
}

function parseRequirement(part: string, whole: string): LabelRequirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part)
  if (set !== null) {
    const [, key = '', word, list = ''] = set
    const values = list.split(',').map((value) => checkValue(value.trim(), whole))
    return { key: checkKey(key, whole), operator: word === 'in' ? 'In' : 'NotIn', values: values.toSorted() }
  }
  const compare = /^([^=!<>\s]+)\s*(==|=|!=|>|<)\s*(.*)$/.exec(part)
  if (compare !== null) {
    const [, key = '', sign, value = ''] = compare
    checkKey(key, whole)
    checkValue(value, whole)
    if (sign !== '>' && sign !== '<') return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] }
    if (!isInteger(value)) fail(whole, `"${value}" is not an integer`)
    return { key, operator: sign === '>' ? 'Gt' : 'Lt', values: [value] }
  }
  const negated = /^!\s*(.*)$/.exec(part)
  if (negated !== null) return { key: checkKey(negated[1] ?? '', whole), operator: 'DoesNotExist', values: [] }
  return { key: checkKey(part, whole), operator: 'Exists', values: [] }
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim())
}

const namePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const prefixPart = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function checkKey(key: string, whole: string): string {
  const slash = key.indexOf('/')
  const prefix = key.slice(0, Math.max(slash, 0))
  const prefixIsFine = slash < 0 || (prefix.length <= 253 && prefixPart.test(prefix))
  if (!prefixIsFine || !namePart.test(key.slice(slash + 1))) fail(whole, `"${key}" is not a label key`)
  return key
}

function checkValue(value: string, whole: string): string {
  if (value !== '' && !namePart.test(value)) fail(whole, `"${value}" is not a label value`)
  return value
}

function fail(whole: string, why: string): never {
  throw new Error(`label selector "${whole}": ${why}`)
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    case 'Gt':
      return `${key}>${values[0]}`
    case 'Lt':
      return `${key}<${values[0]}`
  }
}

function isInteger(text: string): boolean {
  return /^\d+$/.test(text)
}

function isSelectorOperator(text: string): text is 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' {
  return text === 'In' || text === 'NotIn' || text === 'Exists' || text === 'DoesNotExist'
}

function isRequirementList(selector: unknown): selector is readonly LabelRequirement[] {
  return Array.isArray(selector)
}
