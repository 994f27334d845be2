/** Tokens of a template that have no value, or a result that is not a name. */
export class SecretTemplateError extends Error {
  override readonly name = 'SecretTemplateError'
}

/** Values by token, e.g. `pvc.name`. */
export type TemplateValues = Readonly<Record<string, string>>

/**
 * Expands `$name` and `${name}` as Go's `os.Expand` does, which is what class authors write against: `${}` and an
 * unclosed `${` vanish, a `$` before anything that cannot start a name stays, and the shell's one-character specials
 * count as names.
 */
export function expandTemplate(template: string, lookUp: (token: string) => string): string {
  let expanded = ''
  let at = 0
  while (at < template.length) {
    const character = template.charAt(at)
    if (character !== '$' || at + 1 === template.length) {
      expanded += character
      at += 1
      continue
    }
    const { token, width } = readToken(template.slice(at + 1))
    if (token !== '') expanded += lookUp(token)
    else if (width === 0) expanded += '$'
    at += 1 + width
  }
  return expanded
}

/**
 * Expands a template from a fixed set of values.
 *
 * @throws SecretTemplateError naming every token, sorted, that has no value
 */
export function renderTemplate(template: string, values: TemplateValues): string {
  const unknown = new Set<string>()
  const rendered = expandTemplate(template, (token) => {
    const value = Object.hasOwn(values, token) ? values[token] : undefined
    if (value === undefined) unknown.add(token)
    return value ?? ''
  })
  if (unknown.size > 0) {
    const tokens = [...unknown].toSorted().map((token) => JSON.stringify(token))
    throw new SecretTemplateError(`invalid tokens: [${tokens.join(' ')}]`)
  }
  return rendered
}

const name = /^[0-9A-Za-z_]+/
const special = /^[*#$@!?\-0-9]/

/** The token at the start of `text`, which follows a `$`; an empty token with a width is eaten without a trace. */
function readToken(text: string): { token: string; width: number } {
  if (text.startsWith('{')) {
    const close = text.indexOf('}')
    if (close === -1) return { token: '', width: 1 }
    return { token: text.slice(1, close), width: close + 1 }
  }
  const found = special.exec(text)?.[0] ?? name.exec(text)?.[0] ?? ''
  return { token: found, width: found.length }
}
