import { describe, expect, it } from 'vitest'
import { createReport } from './report.ts'

describe('createReport', () => {
  it('counts what passed and what failed', () => {
    const report = createReport(['a', 'b'])
    expect(report.add({ kind: 'result', scenario: 'a', ok: true, ms: 1_234 })).toBe('passed a in 1.2 s')
    expect(report.add({ kind: 'result', scenario: 'b', ok: false, ms: 20_000, failure: 'because\nof this' })).toBe(
      'FAILED b after 20 s\n  because\n  of this',
    )
    expect([report.failed, report.summary]).toEqual([1, '1 passed, 1 failed'])
  })

  it('counts a scenario that never ended as failed, and what belongs to none', () => {
    const report = createReport(['a', 'b'])
    report.add({ kind: 'result', scenario: 'a', ok: true, ms: 1 })
    expect(report.summary).toBe('1 passed, 1 failed')
    report.addFailure()
    expect(report.summary).toBe('1 passed, 1 failed')
    report.add({ kind: 'result', scenario: 'b', ok: true, ms: 1 })
    expect(report.summary).toBe('2 passed, 1 failed')
  })

  it('runs a body and counts it', async () => {
    const report = createReport(['a', 'b'])
    const written: string[] = []
    const log = { write: (text: string) => written.push(text.replace(/ (in|after) .*/, '')) }
    await report.run('a', log, () => Promise.resolve())
    expect(report.hasFailure).toBe(false)
    await report.run('b', log, () => Promise.reject(new Error('no')))
    expect(written).toEqual(['passed a\n', 'FAILED b\n  no\n'])
    expect([report.hasFailure, report.summary]).toEqual([true, '1 passed, 1 failed'])
  })
})
