/** Parses one of Go's words for a bool. Throws an Error that lists them. */
export function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw new Error('allowed: true or false, also 1, 0, t, f, T, F, TRUE, FALSE, True, False')
}

/**
 * Parses a whole number in Go's grammar: decimal, `0x`, `0o` (also a bare leading 0) or `0b`, with `_` between digits.
 * Throws an Error for anything else, and outside of what a number holds exactly.
 */
export function parseInteger(text: string): number {
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  const isDecimal = /^(0|[1-9](_?\d)*)$/.test(body)
  const isPrefixed = /^0([xX](_?[\da-fA-F])+|[oO]?(_?[0-7])+|[bB](_?[01])+)$/.test(body)
  if (!isDecimal && !isPrefixed) throw new Error('allowed: a whole number')
  const digits = body.replaceAll('_', '').replace(/^0(?=\d)/, '0o')
  const value = Number(digits)
  if (!Number.isSafeInteger(value)) throw new Error('value out of range')
  return sign === '-' && value !== 0 ? -value : value
}

/** Parses a decimal number with an optional fraction and exponent. Throws an Error for anything else. */
export function parseFloatText(text: string): number {
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) throw new Error('allowed: a number')
  const value = Number(text)
  if (!Number.isFinite(value)) throw new Error('value out of range')
  return value
}

/** Parses `a,b,c`; an empty text is an empty list. */
export function parseList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',')
}

/**
 * Parses pairs, `k=v,k2=v2` or with a colon; an empty text has none. Spaces around keys and values are dropped. Throws an Error that names the part
 * which does not hold exactly one separator. A value may hold further `=`, but no further colon, as upstream.
 */
export function parsePairs(text: string, separator: '=' | ':'): Readonly<Record<string, string>> {
  const pairs: [string, string][] = []
  for (const part of parseList(text)) {
    const at = part.indexOf(separator)
    const key = part.slice(0, Math.max(at, 0)).trim()
    const value = part.slice(at + 1).trim()
    if (key === '' || (separator === ':' && value.includes(':'))) {
      throw new Error(`malformed pair ${JSON.stringify(part)}, allowed: key${separator}value,key${separator}value`)
    }
    pairs.push([key, value])
  }
  return Object.fromEntries(pairs)
}
