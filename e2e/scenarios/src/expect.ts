import { isDeepStrictEqual } from 'node:util'

/** Throws unless both are deeply equal; the message names what was looked at. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
}

/** Throws unless the value is truthy. */
export function truthy(what: string, actual: unknown): void {
  if (!actual) throw new Error(`not so: ${what}`)
}
