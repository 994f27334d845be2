import { styleText } from 'node:util'

/** One step that has ended. */
export interface StepResult {
  /** Stable name for programs, e.g. `create-volume`. */
  readonly step: string
  /** The same for people. */
  readonly title: string
  /** What came out: a name, a path, an error. */
  readonly detail: string
  readonly ok: boolean
  /** How long the step took. */
  readonly tookMs: number
  /** Since the start of the run. */
  readonly atMs: number
}

/** Shows steps as they happen. */
export interface StepReporter {
  begin(title: string): void
  end(result: StepResult): void
  /** A line that is no step; not printed with `--json`. */
  note(text: string): void
}

/** Where and how steps are shown. */
export interface StepReporterOptions {
  readonly json: boolean
  /** A terminal shows the running step and colours; anything else gets a line per finished step. */
  readonly terminal: boolean
  readonly write: (text: string) => void
}

/** Shows steps for people, or one JSON object per line for programs. */
export function createStepReporter(options: StepReporterOptions): StepReporter {
  if (options.json) return jsonReporter(options.write)
  const { write, terminal } = options
  const paint = (style: 'green' | 'red' | 'dim', text: string): string =>
    terminal ? styleText(style, text, { validateStream: false }) : text
  return {
    begin(title) {
      if (terminal) write(`  … ${title}`)
    },
    end({ title, detail, ok, tookMs, atMs }) {
      const mark = ok ? paint('green', '✓') : paint('red', '✗')
      const times = paint('dim', `${seconds(atMs)} (+${Math.round(tookMs)} ms)`)
      // Erases the line that begin() left unfinished.
      write(`${terminal ? '\r\u001B[K' : ''}  ${mark} ${title.padEnd(26)} ${times.padEnd(20)}  ${detail}\n`)
    },
    note(text) {
      write(`${text}\n`)
    },
  }
}

function jsonReporter(write: (text: string) => void): StepReporter {
  return {
    begin() {},
    end(result) {
      write(`${JSON.stringify({ ...result, tookMs: Math.round(result.tookMs), atMs: Math.round(result.atMs) })}\n`)
    },
    note() {},
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2).padStart(5)} s`
}
