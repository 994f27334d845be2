import type { Logger, TraceContext } from '@csi-ts/telemetry'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallContext } from './definition.ts'
import { canceledText, deadlineText } from './error-mapping.ts'

/** How a call arrived. */
export interface IncomingCall {
  readonly method: string
  readonly log: Logger
  readonly deadlineMs?: number | undefined
  readonly trace?: TraceContext | undefined
}

/** The context of one call on the server. Its signal is only made when the handler looks at it. */
export class ServerCallContext implements CallContext {
  readonly method: string
  readonly log: Logger
  readonly deadlineMs?: number
  readonly trace?: TraceContext
  #controller: AbortController | undefined
  #reason: CsiError | undefined

  constructor(call: IncomingCall) {
    this.method = call.method
    this.log = call.log
    if (call.deadlineMs !== undefined) this.deadlineMs = call.deadlineMs
    if (call.trace !== undefined) this.trace = call.trace
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** The caller went away, or the server stops; the first reason stands. */
  abort(reason: CsiError = this.#callerGaveUp()): void {
    this.#reason ??= reason
    this.#controller?.abort(this.#reason)
  }

  #callerGaveUp(): CsiError {
    // Not compared exactly: the caller's own timer may have cancelled the call a moment before ours.
    const isLate = this.deadlineMs !== undefined && Date.now() >= this.deadlineMs - 5
    return isLate ? new CsiError(Code.DeadlineExceeded, deadlineText) : new CsiError(Code.Canceled, canceledText)
  }
}
