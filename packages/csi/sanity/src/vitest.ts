import { silentLogger } from '@csi-ts/telemetry'
import { conformanceCases } from './cases/index.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { runCase } from './run-suite.ts'
import type { SuiteOptions } from './suite-options.ts'
import type { SuiteTarget } from './suite-target.ts'

/** `it` of vitest; a function of the same shape of another test runner fits as well. */
export type DefineTest = (name: string, test: (context: { skip(note: string): void }) => Promise<void>) => unknown

/** Defines one test for each case; a case that does not apply is skipped with its reason. */
export function defineConformanceTests(
  it: DefineTest,
  target: () => SuiteTarget,
  suite: SuiteOptions,
  cases: readonly ConformanceCase[] = conformanceCases,
): void {
  for (const one of cases) {
    it(one.name, async (test) => {
      const ctx = { signal: new AbortController().signal, log: silentLogger }
      const { status, message } = await runCase(target(), one, { suite }, ctx)
      if (status === 'skipped') test.skip(message)
      if (status === 'failed') throw new Error(message)
    })
  }
}
