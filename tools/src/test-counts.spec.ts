import { describe, expect, it } from 'vitest'
import { taskResults } from './nx-run.ts'
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

describe('taskResults', () => {
  const output = [
    '> nx run a:build',
    '> nx run a:lint',
    '> nx run b:lint  [local cache]',
    '',
    'Failed tasks:',
    '',
    '- b:lint',
    '',
    '  Run duration: 1s',
  ]

  it('tells which tasks of the wanted targets failed', () => {
    expect(taskResults(output, ['lint'], 1)).toEqual([
      { task: 'a:lint', ok: true },
      { task: 'b:lint', ok: false },
    ])
  })

  it('counts a failure of nx itself', () => {
    expect(taskResults([], ['lint'], 1)).toEqual([{ task: 'nx run-many -t lint', ok: false }])
  })
})

it('summaryLine() is the line that continuous integration reads', () => {
  expect(summaryLine({ passed: 3, failed: 0 })).toBe('3 passed, 0 failed')
})
