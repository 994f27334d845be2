import { execFile } from 'node:child_process'

/** Options of {@link runCommand}. */
export interface CommandOptions {
  /** Written to the command's standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/**
 * Runs a command to its end and returns what it printed. Arguments are passed as they are; there is no shell.
 *
 * @throws Error with the command line and what it wrote to standard error.
 */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout)
        const said = stderr.trim() === '' ? error.message : stderr.trim()
        reject(new Error(`${[command, ...args].join(' ')}: ${said}`, { cause: error }))
      },
    )
    child.stdin?.on('error', () => undefined) // a command that does not read its input is no fault
    child.stdin?.end(options.input ?? '')
  })
}
