import type { CaseResult } from './run-suite.ts'

/** How many cases ended how. */
export interface ResultCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts results. */
export function countResults(results: readonly CaseResult[]): ResultCounts {
  const count = (status: CaseResult['status']): number => results.filter((one) => one.status === status).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** One result for people: a line, and the reasons below it. `skipped` says whether skipped cases are of interest. */
export function formatResult({ name, status, message, durationMs }: CaseResult, skipped: 'shown' | 'hidden'): string {
  if (status === 'passed')
    return `ok      ${name}${durationMs < 1_000 ? '' : ` (${(durationMs / 1_000).toFixed(1)} s)`}\n`
  if (status === 'skipped') return skipped === 'shown' ? `skipped ${name}: ${message}\n` : ''
  return `FAILED  ${name}\n        ${message.replaceAll('\n', '\n        ')}\n`
}

/** The last line for people. */
export function formatSummary(driver: string, results: readonly CaseResult[]): string {
  const { passed, failed, skipped } = countResults(results)
  const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000
  return `${driver}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s\n`
}

/** The results as JSON, for programs. */
export function toJsonReport(driver: string, results: readonly CaseResult[]): string {
  return `${JSON.stringify({ driver, ...countResults(results), cases: results }, undefined, 2)}\n`
}

/** The results as JUnit XML, which every CI system reads. */
export function toJunitReport(driver: string, results: readonly CaseResult[]): string {
  const { failed, skipped } = countResults(results)
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3)
  const total = seconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const counts = `tests="${results.length}" failures="${failed}" skipped="${skipped}" errors="0" time="${total}"`
  const cases = results.map((result) => {
    const [group = '', ...rest] = result.name.split(': ')
    const attributes = `classname="${escapeXml(group)}" name="${escapeXml(rest.join(': '))}" time="${seconds(result.durationMs)}"`
    return `    <testcase ${attributes}>${verdict(result)}</testcase>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escapeXml(driver)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function verdict({ status, message }: CaseResult): string {
  if (status === 'passed') return ''
  if (status === 'skipped') return `<skipped message="${escapeXml(message)}"/>`
  return `<failure message="${escapeXml(message.split('\n')[0] ?? '')}">${escapeXml(message)}</failure>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Texts come from drivers: characters that XML does not have are replaced. */
function escapeXml(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    const isForbidden = (code < 0x20 && !['\n', '\t'].includes(character)) || (code >= 0xd800 && code <= 0xdfff)
    return entities[character] ?? (isForbidden || code === 0xfffe || code === 0xffff ? '\u{fffd}' : character)
  }).join('')
}
