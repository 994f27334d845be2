import { DeadlineExceededError, KeyHeldError } from '@csi-ts/concurrency'
import { Code, codeName, toCode } from './code.ts'
import { CsiError } from './csi-error.ts'

/** Go's words for the two ways in which a caller gives up; users know how to search for them. */
export const deadlineText = 'context deadline exceeded'
export const canceledText = 'context canceled'
const lostText = 'the connection was lost'

/** A longer status message does not fit into the headers that Go clients accept. */
const maxMessageLength = 4_096

/**
 * What a failed handler answers. CsiErrors pass; a key that is held means an operation in progress; work that ran out
 * of time or was cancelled is not final, so the caller repeats it; anything else is Internal with a message that gives nothing away: its cause is for the log.
 */
export function toCsiError(error: unknown): CsiError {
  if (error instanceof CsiError) return error
  if (error instanceof KeyHeldError) return new CsiError(Code.Aborted, error.message, { cause: error })
  if (error instanceof DeadlineExceededError)
    return new CsiError(Code.DeadlineExceeded, error.message, { cause: error })
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CsiError(Code.DeadlineExceeded, deadlineText, { cause: error })
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new CsiError(Code.Canceled, canceledText, { cause: error })
  }
  return new CsiError(Code.Internal, 'internal error, see the log of the driver', { cause: error })
}

/** The status of a failed call on the wire: a code that is not OK, a message, no details. */
export function toStatus(error: CsiError): { readonly code: number; readonly details: string } {
  const code = error.code === Code.OK ? Code.Unknown : error.code
  const text = error.message === '' ? codeName(code) : error.message
  return { code, details: text.length > maxMessageLength ? `${text.slice(0, maxMessageLength)}…` : text }
}

/** What a failed call rejects with. `signal` is the one that the caller gave, to tell its cancelling from others'. */
export function fromStatus(
  status: { readonly code: number; readonly details: string },
  signal: AbortSignal | undefined,
): CsiError {
  const code = toCode(status.code)
  const { details } = status
  if (code === Code.Canceled && signal?.aborted === true) return canceled(signal)
  // The library says how long the call took; a text that differs every time would defeat event correlation.
  if (code === Code.DeadlineExceeded && /^Deadline exceeded( after .*)?$/s.test(details))
    return new CsiError(code, deadlineText)
  // A stream that dies with its connection looks cancelled; for a caller the driver was not there.
  if (code === Code.Canceled && details === 'Call cancelled') return new CsiError(Code.Unavailable, lostText)
  if (code === Code.Unavailable) return new CsiError(code, unavailableText(details))
  return new CsiError(code, details)
}

/** The error of a call that its caller cancelled; the signal's reason is the cause. */
export function canceled(signal: AbortSignal): CsiError {
  const mapped = toCsiError(signal.reason)
  return mapped.code === Code.Internal ? new CsiError(Code.Canceled, canceledText, { cause: signal.reason }) : mapped
}

function unavailableText(details: string): string {
  if (details === 'Connection dropped') return lostText
  const noConnection = /^No connection established\. Last error: (.*?)(?:\. Resolution note: .*)?$/s.exec(details)
  return noConnection?.[1] === undefined ? details : `no connection: ${noConnection[1].replace(/^Error: /, '')}`
}
