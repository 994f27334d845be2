/** Where progress is written: a terminal gets a line that rewrites itself, anything else whole lines only. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Shows one build while it runs. */
export interface BuildProgress {
  update(compiledPackages: number): void
  /** Ends the display with a last line that stays. */
  end(line: string): void
}

/** How often a terminal is refreshed, and how often a pipe gets a sign of life. */
const terminalMs = 1_000
const pipeMs = 30_000

/** Announces a build and keeps saying that it is alive: every second on a terminal, every 30 s in a pipe. */
export function createBuildProgress(what: string, output: ProgressOutput): BuildProgress {
  const started = performance.now()
  const terminal = output.isTTY === true
  let compiled = 0
  const text = () => `building ${what}: ${seconds(performance.now() - started)}, ${compiled} packages compiled`
  if (!terminal) output.write(`building ${what}\n`)
  const timer = setInterval(
    () => output.write(terminal ? `\r\u001b[K${text()}` : `${text()}\n`),
    terminal ? terminalMs : pipeMs,
  )
  return {
    update(compiledPackages) {
      compiled = compiledPackages
    },
    end(line) {
      clearInterval(timer)
      output.write(`${terminal ? '\r\u001b[K' : ''}${line}\n`)
    },
  }
}

/** Milliseconds as people read them: `0.4 s`, `12 s`, `4 min 6 s`. */
export function seconds(ms: number): string {
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`
  const whole = Math.round(ms / 1_000)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
