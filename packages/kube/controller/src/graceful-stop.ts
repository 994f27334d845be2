import { type Clock, type LinkedSignal, linkSignals, type Timer } from '@csi-ts/concurrency'

/**
 * Reason of a signal that asks to stop in peace: take no new work, and finish what is in hand before `expired` fires.
 * A signal that fires with any other reason means stop at once.
 */
export class GracefulStop extends Error {
  override readonly name = 'GracefulStop'
  /** Fires when even work in hand must stop. */
  readonly expired: AbortSignal

  constructor(expired: AbortSignal) {
    super('stopping')
    this.expired = expired
  }
}

/** Work did not end although its signal had fired; it may still be running. */
export class WorkAbandonedError extends Error {
  override readonly name = 'WorkAbandonedError'
}

/** Settings of {@link stopGracefully}. */
export interface GracefulOptions {
  readonly clock: Clock
  /** Time that work in hand gets after the signal. */
  readonly drainMs: number
  /** Ends the work at once, for example when a lease is lost; its reason becomes the reason of the end. */
  readonly cut?: AbortSignal | undefined
  /** How long work that ignores the end of its grace is waited for. Default 5 s. */
  readonly abandonMs?: number | undefined
  /** The same after a cut. Default 500 ms. */
  readonly abandonCutMs?: number | undefined
}

/**
 * Turns "stop" into "finish, then stop" for the work of `run`, whose signal fires with {@link GracefulStop} when `signal`
 * does. Rejects with {@link WorkAbandonedError} when the work does not end.
 */
export async function stopGracefully<T>(
  signal: AbortSignal,
  options: GracefulOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { drainMs, clock, cut, abandonMs = 5000, abandonCutMs = 500 } = options
  const abandoned = Promise.withResolvers<never>()
  const timers: Timer[] = []
  using expired = linkSignals(cut)
  using stop = linkSignals(cut)
  const onExpired = (): void => {
    const waitMs = cut?.aborted === true ? abandonCutMs : abandonMs
    const error = new WorkAbandonedError('gave up waiting for work that ignores its signal')
    timers.push(clock.setTimer(waitMs, () => abandoned.reject(error)))
  }
  const onStop = (): void => {
    timers.push(clock.setTimer(drainMs, () => expired.abort(signal.reason)))
    stop.abort(new GracefulStop(expired.signal))
  }
  whenAborted(expired.signal, onExpired)
  const forget = whenAborted(signal, onStop)
  try {
    return await Promise.race([run(stop.signal), abandoned.promise])
  } finally {
    forget()
    for (const timer of timers) timer.cancel()
  }
}

/**
 * The signal for work in hand, given the signal that says whether to take new work: it fires together with it, or later,
 * when a {@link GracefulStop} expires.
 */
export function workSignal(signal: AbortSignal): LinkedSignal {
  const work = linkSignals()
  const forgets: (() => void)[] = []
  const onStop = (): void => {
    const reason: unknown = signal.reason
    if (!(reason instanceof GracefulStop)) work.abort(reason)
    else forgets.push(whenAborted(reason.expired, () => work.abort(reason.expired.reason)))
  }
  forgets.push(whenAborted(signal, onStop))
  return {
    signal: work.signal,
    abort: (reason) => work.abort(reason),
    [Symbol.dispose]: () => {
      for (const forget of forgets) forget()
    },
  }
}

/** Calls `act` when the signal fires, at once when it has; returns how to take that back. */
function whenAborted(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => undefined
  }
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}
