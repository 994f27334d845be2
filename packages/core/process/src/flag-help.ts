import type { FlagSpec } from './flag.ts'
import type { FlagTable } from './flag-table.ts'

/** What help says about a program. */
export interface ProgramHelp {
  readonly name: string
  readonly summary: string
}

const lineWidth = 100
const indent = '      '

/** Usage text: the flags by group in order of the table, with kinds and defaults. Ends with a newline. */
export function renderHelp(program: ProgramHelp, table: FlagTable): string {
  const parts = [`${program.summary}\n\nUsage:\n  ${program.name} [flags]\n`]
  for (const [group, specs] of groupsOf(table)) {
    parts.push(`${group}:\n${specs.map((spec) => flagHelp(spec)).join('')}`)
  }
  return parts.join('\n')
}

/** The same as a Markdown table per group, aligned as formatters want it, for READMEs and chart documentation. Ends with a newline. */
export function flagsAsMarkdown(table: FlagTable): string {
  const groups = groupsOf(table)
  const parts = groups.map(([group, specs]) => {
    const rows = specs.map((spec) => {
      const shown = shownDefault(spec)
      const deprecated = spec.deprecated === undefined ? '' : `**Deprecated**: ${spec.deprecated}. `
      return [`\`--${spec.name}\``, spec.kind, shown === '' ? '' : `\`${shown}\``, `${deprecated}${spec.help}`].map(
        cell,
      )
    })
    const heading = groups.length === 1 ? '' : `### ${group}\n\n`
    return `${heading}${alignedTable([['Flag', 'Kind', 'Default', 'Meaning'], ...rows])}`
  })
  return parts.join('\n')
}

function alignedTable([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  return [heading, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('')
}

function groupsOf(table: FlagTable): readonly [string, readonly FlagSpec<unknown>[]][] {
  const groups = Map.groupBy(
    Object.values(table).filter((spec) => spec.hidden !== true),
    (spec) => spec.group ?? 'Flags',
  )
  return [...groups]
}

function flagHelp(spec: FlagSpec<unknown>): string {
  const shown = shownDefault(spec)
  const deprecated = spec.deprecated === undefined ? '' : `DEPRECATED: ${spec.deprecated}. `
  const text = `${deprecated}${spec.help}${shown === '' ? '' : ` (default ${shown})`}`
  const heading = spec.boolean === true ? `--${spec.name}` : `--${spec.name} ${spec.kind}`
  return `  ${heading}\n${wrap(text)}`
}

// A default that is empty or off is what a reader expects.
function shownDefault(spec: FlagSpec<unknown>): string {
  const text = spec.format(spec.default)
  return spec.boolean === true && text === 'false' ? '' : text
}

function wrap(text: string): string {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(/\s+/)) {
    if (line !== indent && line.length + word.length + 1 > lineWidth) {
      lines.push(line)
      line = indent
    }
    line += line === indent ? word : ` ${word}`
  }
  return [...lines, line].map((each) => `${each}\n`).join('')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
}
