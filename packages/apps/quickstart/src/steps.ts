import type { Clock } from '@csi-ts/concurrency'
import { errorText } from '@csi-ts/telemetry'
import type { StepReporter } from './step-reporter.ts'

/** A step failed; the report has been printed. */
export class StepFailedError extends Error {
  override readonly name = 'StepFailedError'
  readonly step: string

  constructor(step: string, cause: unknown) {
    super(`step ${step} failed: ${errorText(cause)}`, { cause })
    this.step = step
  }
}

/** Runs one step: `body` returns what is shown beside it, or that and a value. */
export type RunStep = <T>(
  step: string,
  title: string,
  body: () => Promise<{ readonly detail: string; readonly value: T }>,
) => Promise<T>

/** Steps in a row, each shown with its time. The first that fails ends the run with a {@link StepFailedError}. */
export function createSteps(reporter: StepReporter, clock: Clock): RunStep {
  const startMs = clock.monotonicMs()
  return async (step, title, body) => {
    const beginMs = clock.monotonicMs()
    const end = (ok: boolean, detail: string): void => {
      const nowMs = clock.monotonicMs()
      reporter.end({ step, title, detail, ok, tookMs: nowMs - beginMs, atMs: nowMs - startMs })
    }
    reporter.begin(title)
    try {
      const { detail, value } = await body()
      end(true, detail)
      return value
    } catch (error) {
      end(false, errorText(error))
      throw new StepFailedError(step, error)
    }
  }
}
