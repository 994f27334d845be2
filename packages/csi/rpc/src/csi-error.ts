import { Code, codeName } from './code.ts'

/** Two copies of this package in one process must recognise each other's errors. */
const mark: symbol = Symbol.for('@csi-ts/csi-rpc/CsiError')

/**
 * The one error of a CSI call, on both sides of the socket: a handler throws it to choose the status, a client rejects
 * with it. `message` travels over the wire and ends in events that users read; `cause` stays in the process.
 */
export class CsiError extends Error {
  override readonly name = 'CsiError'
  readonly code: Code

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    Object.defineProperty(this, mark, { value: true })
  }

  /** Whether a value is a CsiError of any copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass asks about itself
    if (this !== CsiError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && mark in value
  }
}

/** Go's text of an error: `rpc error: code = NotFound desc = …` for a CsiError, the message of anything else. */
export function toGoErrorText(error: unknown): string {
  if (error instanceof CsiError) return `rpc error: code = ${codeName(error.code)} desc = ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

const notFinal: ReadonlySet<Code> = new Set([
  Code.Canceled,
  Code.DeadlineExceeded,
  Code.Unavailable,
  Code.ResourceExhausted,
  Code.Aborted,
])

/**
 * Whether nothing is in progress in the driver after this error: every code but Canceled, DeadlineExceeded, Unavailable,
 * ResourceExhausted and Aborted. An error that is no CsiError is final: it arose before the call was made. (The
 * provisioner and the resizer treat ResourceExhausted in their own ways; this is the attacher's and resizer's set.)
 */
export function isFinalError(error: unknown): boolean {
  return !(error instanceof CsiError && notFinal.has(error.code))
}
