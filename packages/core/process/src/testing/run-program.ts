import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** Halves the time that a start from source takes. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))

/** How a program ended. */
export interface ProgramEnd {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program that runs as a child process. */
export interface RunningProgram {
  readonly pid: number
  /** Everything on stdout so far. */
  stdout(): string
  /** Everything on stderr so far. */
  stderr(): string
  /** Resolves with the match when stderr has one; rejects when the program ends without. */
  logged(pattern: RegExp | string): Promise<RegExpMatchArray>
  /** The same for stdout. */
  printed(pattern: RegExp | string): Promise<RegExpMatchArray>
  kill(signal: NodeJS.Signals): void
  /** Closes our end of its stderr. */
  stopReading(): void
  /** Resolves when the program has ended and its output is read. */
  readonly ended: Promise<ProgramEnd>
  /** Ends it by force when it still runs. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a program from its TypeScript source under the Node that runs the test, with an empty environment besides `env`.
 * Nothing stays behind when the test disposes of it.
 */
export function runProgram(
  main: URL,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): RunningProgram {
  const child = spawn(process.execPath, ['--conditions=@csi-ts/source', fileURLToPath(main), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE: compileCache, ...options.env },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  const awaitOutput =
    (stream: Readable, text: () => string) =>
    (pattern: RegExp | string): Promise<RegExpMatchArray> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = text().match(typeof pattern === 'string' ? escaped(pattern) : pattern)
          if (match !== null) resolve(match)
        }
        stream.on('data', look)
        child.on('close', () => reject(new Error(`the program ended without ${String(pattern)}: ${out}${err}`)))
        look()
      })
  return {
    pid: child.pid ?? -1,
    stdout: () => out,
    stderr: () => err,
    logged: awaitOutput(child.stderr, () => err),
    printed: awaitOutput(child.stdout, () => out),
    kill: (signal) => void child.kill(signal),
    stopReading: () => void child.stderr.destroy(),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function escaped(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
}
