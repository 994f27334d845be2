import { Code, CsiError, codeName, isFinalError, toGoErrorText } from '@csi-ts/csi-rpc'

/** The driver does something else than the specification says. The message is for the driver's author. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
}

/** Codes after which work may still be going on; the caller repeats the call. */
export const notFinalCodes: ReadonlySet<Code> = new Set([
  Code.Aborted,
  Code.Canceled,
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Unavailable,
])

/** @throws ConformanceError unless `ok` */
export function check(ok: boolean, message: string): asserts ok {
  if (!ok) throw new ConformanceError(message)
}

/** Compares as JSON, maps without regard to order. @throws ConformanceError naming what differs */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, want] = [print(actual), print(expected)]
  if (got !== want) throw new ConformanceError(`${what} is ${got}, want ${want}`)
}

/**
 * Waits for a call to fail with one of the codes, and with a message that may be shown.
 * @throws ConformanceError when it succeeds or fails otherwise
 */
export async function checkRejects(
  call: Promise<unknown>,
  codes: Code | readonly Code[],
  what: string,
): Promise<CsiError> {
  const allowed = [codes].flat()
  const names = allowed.map(codeName).join(' or ')
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => toCsiError(thrown),
  )
  if (error === undefined) throw new ConformanceError(`${what}: answered OK, want ${names}`)
  if (!allowed.includes(error.code)) throw new ConformanceError(`${what}: ${toGoErrorText(error)}, want ${names}`)
  checkMessage(error, what)
  return error
}

/** @throws ConformanceError when the message of a status is empty or shows the inside of the driver */
export function checkMessage({ message }: CsiError, what: string): void {
  check(message !== '', `${what}: the status has no message`)
  check(!/\n\s+at .+[:(]\d+|\bgoroutine \d+ \[/.test(message), `${what}: the message is a stack trace: ${message}`)
}

/**
 * Looks at calls that were made at the same time: one that fails says that work is going on.
 * @returns what the others answered
 * @throws ConformanceError for a failure with a final code, after which a caller believes that nothing runs
 */
export function checkSettled<T>(outcomes: readonly PromiseSettledResult<T>[], what: string): readonly T[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value]
    const error = toCsiError(outcome.reason)
    check(!isFinalError(error), `${toGoErrorText(error)}: a final code, although ${what}`)
    return []
  })
}

/** What was thrown, if it is the answer of a driver. */
export function toCsiError(thrown: unknown): CsiError {
  if (thrown instanceof CsiError) return thrown
  throw thrown
}

function print(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
