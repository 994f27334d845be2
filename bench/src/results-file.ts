/** Where a bench was run: no more of the machine than a reader needs to judge the numbers. */
export interface Machine {
  readonly cores: number
  readonly memoryGb: number
  /** Other work that ran at the same time: the average number of runnable threads just before. */
  readonly load: number
  /** Such as `v24.21.0`. */
  readonly node: string
}

const head = `# Results

What each bench printed when it last ran with \`--save\`. Targets are those of the design; \`MISSED\` means just that. On a machine that
does other work as well (the load says how much), seconds are longer than they need be: CPU times, memory and ratios hold.
`

/**
 * The text of RESULTS.md with the section of one bench replaced, or added at the end.
 *
 * @param text what is there; empty when there is nothing yet.
 * @param table what the bench printed.
 */
export function updateResults(text: string, bench: string, table: string, machine: Machine): string {
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1).trim()]),
  )
  const { cores, memoryGb, load, node } = machine
  const where = `${cores} cores, ${memoryGb} GB of memory, load ${load.toFixed(1)} before, Node ${node}`
  sections.set(bench, `\`npm run bench -- ${bench}\` on ${where}\n\n\`\`\`\n${table.trim()}\n\`\`\``)
  return [head, ...[...sections].map(([name, body]) => `## ${name}\n\n${body}\n`)].join('\n')
}
