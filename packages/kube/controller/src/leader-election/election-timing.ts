/** The three times of a leader election. */
export interface ElectionTiming {
  /** For how long others leave a lease alone after they last saw it change. At least a second; cut to whole seconds. */
  readonly leaseDurationMs: number
  /** For how long a leader tries to renew before it gives up. */
  readonly renewDeadlineMs: number
  /** Wait between tries; candidates add up to 1.2 times as much at random. */
  readonly retryPeriodMs: number
}

/** Largest random share that a candidate adds to its retry period. */
export const acquireJitter = 1.2

/** Throws with the name of the time that is wrong: lease > renew deadline > 1.2 times the retry period > 0. */
export function checkTiming({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: ElectionTiming): void {
  if (!(retryPeriodMs > 0)) throw new Error('leader election: the retry period must be greater than zero')
  if (leaseDurationMs < 1000) throw new Error('leader election: the lease duration must be at least 1s')
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new Error('leader election: the lease duration must be greater than the renew deadline')
  }
  if (renewDeadlineMs <= retryPeriodMs * acquireJitter) {
    throw new Error('leader election: the renew deadline must be greater than 1.2 times the retry period')
  }
}
