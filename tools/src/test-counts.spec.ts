import { describe, expect, it } from 'vitest'
import { parseTaskLine } from './nx-run.ts'
import { readReport, reportCounts, summaryLine } from './test-counts.ts'

describe('reportCounts', () => {
  it('counts tests', () => {
    const assertionResults = [{ status: 'passed' }, { status: 'passed' }, { status: 'failed' }]
    expect(
      reportCounts({ numPassedTests: 2, numFailedTests: 1, testResults: [{ status: 'failed', assertionResults }] }),
    ).toEqual({ passed: 2, failed: 1 })
  })

  it('counts a file that broke before its first test as a failure', () => {
    expect(
      reportCounts({ numPassedTests: 0, numFailedTests: 0, testResults: [{ status: 'failed', assertionResults: [] }] }),
    ).toEqual({ passed: 0, failed: 1 })
  })
})

describe('readReport', () => {
  it('tells a missing report from an empty one', async () => {
    expect(await readReport('/nonexistent/test-report.json')).toBeUndefined()
  })
})

describe('parseTaskLine', () => {
  it.each([
    { line: '✔  nx run @csi-ts/process:build', result: { task: '@csi-ts/process:build', ok: true } },
    { line: '   ✔  nx run @csi-ts/process:build  [local cache]', result: { task: '@csi-ts/process:build', ok: true } },
    { line: '✖  nx run @csi-ts/process:test', result: { task: '@csi-ts/process:test', ok: false } },
    { line: '> nx run @csi-ts/process:test', result: undefined },
  ])('reads "$line"', ({ line, result }) => {
    expect(parseTaskLine(line)).toEqual(result)
  })
})

it('summaryLine() is the line that continuous integration reads', () => {
  expect(summaryLine({ passed: 3, failed: 0 })).toBe('3 passed, 0 failed')
})
