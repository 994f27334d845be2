import { type Clock, createBackoff, sleep } from '@csi-ts/concurrency'
import { CsiError } from '@csi-ts/csi-rpc'
import type { WorkContext } from '@csi-ts/telemetry'
import { notFinalCodes } from './check.ts'

/** Repeats a call as an orchestrator does. */
export type Repeat = <T>(call: () => Promise<T>, isDone?: (answer: T) => boolean) => Promise<T>

/** What repetition is bounded by. */
export interface RepeatOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly work: Pick<WorkContext, 'signal'>
}

/**
 * Repeats a call while it answers that work may still be going on (Aborted, DeadlineExceeded, Unavailable and the like) or
 * while its answer is not done. The last answer stands when the time is over.
 */
export function createRepeat({ clock, timeoutMs, work }: RepeatOptions): Repeat {
  return async (call, isDone = () => true) => {
    const backoff = createBackoff({ baseMs: 100, maxMs: 2_000 })
    const untilMs = clock.monotonicMs() + timeoutMs
    for (;;) {
      const isLate = clock.monotonicMs() >= untilMs
      try {
        const answer = await call()
        if (isDone(answer) || isLate) return answer
      } catch (error) {
        const isWorking = error instanceof CsiError && notFinalCodes.has(error.code)
        if (!isWorking || isLate || work.signal.aborted) throw error
      }
      await sleep(backoff.next(), { clock, signal: work.signal })
    }
  }
}
