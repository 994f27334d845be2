/** Measured values by name; the unit is the last word of the name. */
export type Figures = Readonly<Record<string, number>>

/** One measured value beside what it must reach. */
export interface Target {
  /** Name of the figure. */
  readonly figure: string
  /** The most (or with `atLeast` the least) that is allowed. */
  readonly limit: number
  readonly atLeast?: true
}

/** What a bench found; printed as a table or, with `--json`, as it is but for the notes. */
export interface BenchResult {
  readonly bench: string
  readonly figures: Figures
  readonly targets: Figures
  /** Names of the figures that miss their target. */
  readonly missed: readonly string[]
  /** Lines below the table: what a reader should know beside the numbers. */
  readonly notes?: readonly string[]
}

/** A measurement that `npm run bench` knows by name. */
export interface Bench {
  readonly name: string
  /** One line for `--help`. */
  readonly title: string
  run(progress: (text: string) => void): Promise<BenchResult>
}

/** Holds figures against targets. A target without a figure counts as missed. */
export function benchResult(bench: string, figures: Figures, targets: readonly Target[]): BenchResult {
  const missed = targets.filter(({ figure, limit, atLeast }) => {
    const value = figures[figure]
    if (value === undefined || Number.isNaN(value)) return true
    return atLeast === true ? value < limit : value > limit
  })
  return {
    bench,
    figures,
    targets: Object.fromEntries(targets.map(({ figure, limit }) => [figure, limit])),
    missed: missed.map(({ figure }) => figure),
  }
}

/** The result as one line of JSON, without the notes. */
export function renderJson({ bench, figures, targets, missed }: BenchResult): string {
  return JSON.stringify({ bench, figures, targets, missed })
}

/** The result as aligned columns (figure, value, target, verdict) and its notes. */
export function renderTable({ figures, targets, missed, notes = [] }: BenchResult): string {
  const rows = Object.entries(figures).map(([figure, value]) => {
    const target = targets[figure]
    const verdict = target === undefined ? '' : missed.includes(figure) ? 'MISSED' : 'ok'
    return [figure, format(value), target === undefined ? '' : format(target), verdict]
  })
  const absent = missed
    .filter((figure) => !(figure in figures))
    .map((figure) => [figure, 'not measured', format(targets[figure] ?? 0), 'MISSED'])
  const all = [['figure', 'measured', 'target', ''], ...rows, ...absent]
  const width = (column: number): number => Math.max(...all.map((row) => row[column]?.length ?? 0))
  const widths = [0, 1, 2].map(width)
  const table = all.map(([figure = '', value = '', target = '', verdict = '']) =>
    [figure.padEnd(widths[0] ?? 0), value.padStart(widths[1] ?? 0), target.padStart(widths[2] ?? 0), verdict]
      .join('  ')
      .trimEnd(),
  )
  return [...table, ...notes].join('\n')
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}
