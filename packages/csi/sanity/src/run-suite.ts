import { type Clock, systemClock } from '@csi-ts/concurrency'
import { toGoErrorText } from '@csi-ts/csi-rpc'
import type { WorkContext } from '@csi-ts/telemetry'
import { createCaseContext } from './case-context.ts'
import { conformanceCases } from './cases/index.ts'
import { createCleanups } from './cleanups.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { readDriverFacts } from './driver-facts.ts'
import { reasonToSkip } from './gate.ts'
import type { SuiteOptions } from './suite-options.ts'
import type { SuiteTarget } from './suite-target.ts'

/** What came of one case. */
export interface CaseResult {
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped; empty when it passed. */
  readonly message: string
  readonly durationMs: number
}

/** Which cases run, and who is told. */
export interface RunSuiteOptions {
  readonly suite: SuiteOptions
  /** Default: all. */
  readonly cases?: readonly ConformanceCase[] | undefined
  /** Told before each case. */
  readonly onStart?: ((one: ConformanceCase) => void) | undefined
  /** Told after each case. */
  readonly onResult?: ((result: CaseResult) => void) | undefined
  readonly clock?: Clock | undefined
}

/** Runs cases one after the other. Never rejects for a driver that is wrong; rejects with the signal's reason when it fires. */
export async function runSuite(
  target: SuiteTarget,
  options: RunSuiteOptions,
  ctx: WorkContext,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = []
  for (const one of options.cases ?? conformanceCases) {
    ctx.signal.throwIfAborted()
    options.onStart?.(one)
    const result = await runCase(target, one, options, ctx)
    results.push(result)
    options.onResult?.(result)
  }
  return results
}

/** Runs one case: gate, body, clean-up. */
export async function runCase(
  target: SuiteTarget,
  one: ConformanceCase,
  { suite, clock = systemClock }: Pick<RunSuiteOptions, 'suite' | 'clock'>,
  ctx: WorkContext,
): Promise<CaseResult> {
  const startMs = clock.monotonicMs()
  const cleanups = createCleanups()
  const end = (status: CaseResult['status'], message = ''): CaseResult => ({
    name: one.name,
    status,
    message,
    durationMs: clock.monotonicMs() - startMs,
  })
  const failures: string[] = []
  let signal = ctx.signal
  const work: WorkContext = {
    get signal() {
      return signal
    },
    log: ctx.log,
  }
  try {
    // Asked again for each case: a driver that answers differently from one moment to the next is no longer trusted.
    const facts = await readDriverFacts(target.clients(), ctx, { timeoutMs: suite.callTimeoutMs })
    const reason = reasonToSkip(one.gate ?? {}, { facts, options: suite, target })
    if (reason !== undefined) return end('skipped', reason)
    await one.run(createCaseContext({ target, facts, options: suite, work, clock, cleanups }))
  } catch (error) {
    failures.push(toGoErrorText(error))
  }
  // What was made has to go, also after the signal has fired.
  signal = AbortSignal.timeout(suite.readyTimeoutMs)
  failures.push(...(await cleanups.run()).map((failure) => `clean-up: ${failure}`))
  return failures.length === 0 ? end('passed') : end('failed', failures.join('\n'))
}
