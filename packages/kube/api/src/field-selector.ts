/** One condition on one field of an object. */
export interface FieldRequirement {
  /** Path with dots, e.g. `spec.nodeName`. */
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/**
 * Parses `a.b=c,d!=e` (also `==`). In values a backslash takes the next `,`, `=` or `\` literally. Empty text is the
 * empty list. Throws an Error that quotes the part at fault.
 */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!\\]+?)(==|!=|=)(.*)$/s.exec(term)
      if (match === null) throw new Error(`field selector "${text}": "${term}" is not field=value or field!=value`)
      const [, field = '', operator, value = ''] = match
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value, text) }
    })
}

/** The text form of requirements, as {@link parseFieldSelector} reads it. */
export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replaceAll(/[\\,=]/g, '\\$&')}`)
    .join(',')
}

/** Whether an object satisfies every requirement. A field that is not there counts as empty, as in the API server. */
export function matchesFields(requirements: readonly FieldRequirement[], object: object): boolean {
  return requirements.every(({ field, operator, value }) => (fieldText(object, field) === value) === (operator === '='))
}

function fieldText(object: object, field: string): string {
  let value: unknown = object
  for (const part of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return ''
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
}

function splitTerms(text: string): string[] {
  return text.match(/(?:[^\\,]|\\[\s\S]?)+/g) ?? []
}

function unescapeValue(value: string, whole: string): string {
  if (/(^|[^\\])(\\\\)*\\([^\\,=]|$)/.test(value)) {
    throw new Error(
      `field selector "${whole}": a backslash may only stand before a comma, an equals sign or a backslash`,
    )
  }
  return value.replaceAll(/\\([\\,=])/g, '$1')
}
