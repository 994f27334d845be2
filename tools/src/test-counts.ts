import { readFile } from 'node:fs/promises'

/** How many checks passed and failed. */
export interface Counts {
  readonly passed: number
  readonly failed: number
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** The sum of two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed }
}

/** The line that every run ends with. */
export function summaryLine({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`
}

/** Counts of a vitest JSON report. A file that failed before its first test counts as one failure. */
export function reportCounts(report: VitestReport): Counts {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length }
}

/** Counts of a report file; undefined when there is none. */
export async function readReport(path: string): Promise<Counts | undefined> {
  try {
    return reportCounts(JSON.parse(await readFile(path, 'utf8')) as VitestReport)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
