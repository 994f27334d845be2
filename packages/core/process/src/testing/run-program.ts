import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program that runs as a child process. */
export interface RunningProgram {
  readonly child: ChildProcess
  /** Everything on stdout so far. */
  stdout(): string
  /** Everything on stderr so far. */
  stderr(): string
  /** Resolves when stderr contains the text; rejects when the program ends without it. */
  logged(text: string): Promise<void>
  /** Resolves when the program has ended and its output is read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** Starts the demonstration program from its source. */
export function runDemo(args: readonly string[]): RunningProgram {
  const main = fileURLToPath(new URL('demo-main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@csi-ts/source', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  const logged = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (err.includes(text)) resolve()
      }
      child.stderr.on('data', look)
      child.on('close', () => reject(new Error(`the program ended without ${text}: ${err}`)))
      look()
    })
  return { child, stdout: () => out, stderr: () => err, logged, ended }
}
