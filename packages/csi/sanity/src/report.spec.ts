import { describe, expect, it } from 'vitest'
import { formatResult, formatSummary, toJsonReport, toJunitReport } from './report.ts'
import type { CaseResult } from './run-suite.ts'

const passed: CaseResult = { name: 'A: is right', status: 'passed', message: '', durationMs: 1_500 }
const failed: CaseResult = { name: 'B: is <wrong>', status: 'failed', message: 'one\n"two" & \u0001', durationMs: 20 }
const skipped: CaseResult = { name: 'C: is not there', status: 'skipped', message: 'no C', durationMs: 0 }
const results = [passed, failed, skipped]

describe('reports', () => {
  it('are lines for people', () => {
    expect(results.map((one) => formatResult(one, 'shown')).join('')).toBe(
      'ok      A: is right (1.5 s)\nFAILED  B: is <wrong>\n        one\n        "two" & \u0001\nskipped C: is not there: no C\n',
    )
    expect(formatResult(skipped, 'hidden')).toBe('')
    expect(formatSummary('d', results)).toBe('d: 1 passed, 1 failed, 1 skipped in 1.5 s\n')
  })

  it('are JSON for programs', () => {
    expect(JSON.parse(toJsonReport('d', results))).toEqual({
      driver: 'd',
      passed: 1,
      failed: 1,
      skipped: 1,
      cases: results,
    })
  })

  it('are JUnit XML for CI systems, whatever the text of a driver', () => {
    const counts = 'tests="3" failures="1" skipped="1" errors="0" time="1.520"'
    expect(toJunitReport('d', results)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites ${counts}>`,
        `  <testsuite name="d" ${counts}>`,
        '    <testcase classname="A" name="is right" time="1.500"></testcase>',
        '    <testcase classname="B" name="is &lt;wrong&gt;" time="0.020"><failure message="one">one&#10;&quot;two&quot; &amp; \u{fffd}</failure></testcase>',
        '    <testcase classname="C" name="is not there" time="0.000"><skipped message="no C"/></testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    )
  })
})
