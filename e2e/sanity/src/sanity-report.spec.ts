import { describe, expect, it } from 'vitest'
import { countCases, parseGinkgoReport, summaryLine, toVitestReport } from './sanity-report.ts'

const spec = (State: string, change: object = {}) => ({
  ContainerHierarchyTexts: ['Controller Service', 'CreateVolume'],
  LeafNodeType: 'It',
  LeafNodeText: `case that ${State}`,
  State,
  RunTime: 2_500_000,
  ...change,
})

const report = JSON.stringify([
  {
    SpecReports: [
      spec('passed'),
      spec('failed', { Failure: { Message: 'Expected 3 to equal 5' } }),
      spec('panicked', { Failure: { Message: 'nil pointer' } }),
      spec('timedout'),
      spec('skipped', { Failure: { Message: 'Volume Cloning not supported' } }),
      spec('pending'),
      spec('passed', { LeafNodeType: 'BeforeSuite', ContainerHierarchyTexts: null }),
      spec('failed', { LeafNodeType: 'AfterSuite', ContainerHierarchyTexts: null, LeafNodeText: '' }),
    ],
  },
])

describe('parseGinkgoReport', () => {
  const cases = parseGinkgoReport(report)

  it('takes everything that neither passed nor was skipped for a failure', () => {
    expect(cases.map(({ status }) => status)).toEqual([
      'passed',
      'failed',
      'failed',
      'failed',
      'skipped',
      'skipped',
      'failed',
    ])
  })

  it('keeps name, reason and time', () => {
    expect(cases[1]).toEqual({
      name: 'Controller Service / CreateVolume / case that failed',
      status: 'failed',
      message: 'Expected 3 to equal 5',
      durationMs: 3,
    })
    expect(cases[4]?.message).toBe('Volume Cloning not supported')
  })

  it('does not take an empty report for a success', () => {
    expect(() => parseGinkgoReport('[]')).toThrow('empty report')
  })
})

describe('reports', () => {
  const result = { target: 'hostpath', cases: parseGinkgoReport(report) }

  it('sum up for people', () => {
    expect(summaryLine(result)).toBe('csi-sanity hostpath: 1 passed, 4 failed, 2 skipped')
  })

  it('have the shape of a vitest report', () => {
    expect(countCases(result.cases)).toEqual({ passed: 1, failed: 4, skipped: 2 })
    const vitest = toVitestReport([result, { target: 'other', cases: [] }])
    expect(vitest).toMatchObject({
      numTotalTests: 7,
      numPassedTests: 1,
      numFailedTests: 4,
      numPendingTests: 2,
      success: false,
    })
    expect(vitest).toMatchObject({
      testResults: [{ name: 'csi-sanity hostpath', status: 'failed' }, { status: 'passed' }],
    })
  })
})
