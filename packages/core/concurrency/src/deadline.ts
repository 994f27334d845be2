import { type Clock, systemClock } from './clock.ts'
import { linkSignals } from './linked-signal.ts'

/** The time for some work ran out. The text contains Go's `context deadline exceeded`, which users know how to search. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError'
}

/** Settings of {@link withDeadline}. */
export interface DeadlineOptions {
  /** Cancels the work before its time. */
  readonly signal?: AbortSignal | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** What is being done; starts the error's text. */
  readonly what?: string | undefined
}

/**
 * Runs `fn` with a signal that fires after `timeoutMs` or with `options.signal`. Does not wait for work that ignores its
 * signal: rejects with {@link DeadlineExceededError}, or with the reason of `options.signal`, the moment either happens.
 * `Infinity` means no deadline.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  fn: (signal: AbortSignal) => Promise<T>,
  options: DeadlineOptions = {},
): Promise<T> {
  const { signal, clock = systemClock, what } = options
  signal?.throwIfAborted()
  const linked = linkSignals(signal)
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY
      ? undefined
      : clock.setTimer(timeoutMs, () => {
          const text = 'context deadline exceeded'
          linked.abort(new DeadlineExceededError(what === undefined ? text : `${what}: ${text}`))
        })
  try {
    return await Promise.race([rejectionOf(linked.signal), fn(linked.signal)])
  } finally {
    timer?.cancel()
    linked[Symbol.dispose]()
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
