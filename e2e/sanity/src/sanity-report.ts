/** One case of csi-sanity. */
export interface SanityCase {
  /** Containers and text, as csi-sanity prints them. */
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  readonly message: string
  readonly durationMs: number
}

/** The cases of one driver. */
export interface SanityResult {
  /** Which driver, with which options. */
  readonly target: string
  readonly cases: readonly SanityCase[]
}

/** What of ginkgo's JSON report is read. */
interface GinkgoReport {
  readonly SpecReports: readonly {
    readonly ContainerHierarchyTexts: readonly string[] | null
    readonly LeafNodeType: string
    readonly LeafNodeText: string
    readonly State: string
    readonly RunTime: number
    readonly Failure?: { readonly Message?: string }
  }[]
}

/**
 * Reads what `--ginkgo.json-report` wrote. Set-up steps count only when they failed.
 *
 * @throws Error when the file is not such a report.
 */
export function parseGinkgoReport(text: string): readonly SanityCase[] {
  const reports = JSON.parse(text) as readonly GinkgoReport[]
  if (!Array.isArray(reports) || reports.length === 0) throw new Error('csi-sanity wrote an empty report')
  return reports
    .flatMap(({ SpecReports }) => SpecReports)
    .filter(({ LeafNodeType, State }) => LeafNodeType === 'It' || toStatus(State) === 'failed')
    .map((spec) => ({
      name: [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].filter((part) => part !== '').join(' / '),
      status: toStatus(spec.State),
      message: spec.Failure?.Message ?? (spec.State === 'pending' ? 'pending in csi-sanity' : ''),
      durationMs: Math.round(spec.RunTime / 1_000_000),
    }))
}

/** Failures of ginkgo have several names; a pending case is one that csi-sanity itself never runs. */
function toStatus(state: string): SanityCase['status'] {
  if (state === 'passed') return 'passed'
  return state === 'skipped' || state === 'pending' ? 'skipped' : 'failed'
}

/** How many cases ended how. */
export interface SanityCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts cases. */
export function countCases(cases: readonly SanityCase[]): SanityCounts {
  const count = (status: SanityCase['status']): number => cases.filter((item) => item.status === status).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** One line for people. */
export function summaryLine({ target, cases }: SanityResult): string {
  const { passed, failed, skipped } = countCases(cases)
  return `csi-sanity ${target}: ${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** The results as vitest's JSON report, which is what the sum over all tests is made from. */
export function toVitestReport(results: readonly SanityResult[]): object {
  const counts = countCases(results.flatMap(({ cases }) => cases))
  return {
    numTotalTests: counts.passed + counts.failed + counts.skipped,
    numPassedTests: counts.passed,
    numFailedTests: counts.failed,
    numPendingTests: counts.skipped,
    success: counts.failed === 0,
    testResults: results.map(({ target, cases }) => ({
      name: `csi-sanity ${target}`,
      status: countCases(cases).failed === 0 ? 'passed' : 'failed',
      assertionResults: cases.map(({ name, status, message, durationMs }) => ({
        fullName: name,
        title: name,
        status,
        duration: durationMs,
        failureMessages: status === 'failed' ? [message] : [],
      })),
    })),
  }
}
