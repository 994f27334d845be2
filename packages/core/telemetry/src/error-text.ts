/**
 * The message of an error and of its causes: `outer: inner: innermost`. A cause whose text the outer message already
 * contains is not repeated. Anything may be thrown, so anything is accepted. Never throws.
 */
export function errorText(error: unknown): string {
  try {
    return textOf(error, 0)
  } catch {
    return '<unprintable error>'
  }
}

function textOf(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return typeof error === 'object' && error !== null ? describe(error) : String(error)
  const own = error.message === '' ? error.name : error.message
  if (depth >= 8) return own
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  const texts = inner.slice(0, 10).map((cause: unknown) => textOf(cause, depth + 1))
  const news = texts.filter((text: string) => text !== '' && !says(own, text))
  return news.length === 0 ? own : `${own}: ${news.join('; ')}`
}

function says(own: string, text: string): boolean {
  return own === text || own.endsWith(` ${text}`) || own.includes(`: ${text}`)
}

function describe(value: object): string {
  if ('message' in value && typeof value.message === 'string') return value.message
  return `a thrown ${value.constructor?.name ?? 'object'}`
}
