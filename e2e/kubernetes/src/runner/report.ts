import { type ProgressOutput, seconds } from '../binaries/build-progress.ts'
import type { FromInside } from './messages.ts'

/** Collects how the scenarios ended. */
export interface Report {
  add(result: Extract<FromInside, { kind: 'result' }>): string
  /** Counts a failure that belongs to no scenario. */
  addFailure(): void
  /** Runs something, shows and counts how it ended. */
  run(scenario: string, log: ProgressOutput, body: () => Promise<void>): Promise<void>
  /** Whether anything has failed so far. */
  readonly hasFailure: boolean
  /** Everything that failed, and every scenario without a result. */
  readonly failed: number
  readonly summary: string
}

/**
 * A report for the scenarios that were asked for: one that never ended counts as failed. Checks of suites are not known
 * before they run, and are counted as they come.
 */
export function createReport(scenarios: readonly string[]): Report {
  const ended = new Map<string, boolean>()
  let others = 0
  const passed = () => [...ended.values()].filter(Boolean).length
  const failed = () => {
    const withoutResult = scenarios.filter((name) => !ended.has(name)).length
    // What broke the cluster is why scenarios have no result: one of them stands for it.
    return ended.size - passed() + Math.max(withoutResult, others)
  }
  const report: Report = {
    add({ scenario, ok, ms, failure }) {
      ended.set(scenario, ok)
      return ok
        ? `passed ${scenario} in ${seconds(ms)}`
        : `FAILED ${scenario} after ${seconds(ms)}\n${indent(failure ?? '')}`
    },
    addFailure() {
      others++
    },
    async run(scenario, log, body) {
      const begun = performance.now()
      let failure: string | undefined
      try {
        await body()
      } catch (error) {
        failure = (error as Error).message
      }
      const result = { kind: 'result', scenario, ms: Math.round(performance.now() - begun) } as const
      log.write(`${report.add(failure === undefined ? { ...result, ok: true } : { ...result, ok: false, failure })}\n`)
    },
    get hasFailure() {
      return others > 0 || [...ended.values()].includes(false)
    },
    get failed() {
      return failed()
    },
    get summary() {
      return `${passed()} passed, ${failed()} failed`
    },
  }
  return report
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
