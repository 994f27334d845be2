import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A program that is measured from outside, and the lines it prints. */
export interface MeasuredProcess extends AsyncDisposable {
  readonly pid: number
  /** `performance.now()` of this process just before the program was started. */
  readonly startedMs: number
  /**
   * The first line, on either stream and of those to come or already there, that `read` makes something of; each line is
   * given to `read` once. Rejects with the last lines when the program ends first.
   */
  next<T>(read: (line: string) => T | undefined): Promise<{ readonly value: T; readonly atMs: number }>
  /** The next JSON line whose `event` is this. */
  event<T extends object>(name: string): Promise<T & { readonly atMs: number }>
  /** Writes a line to its standard input. */
  send(command: string): void
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
}

/** How many lines an error quotes. */
const quoted = 15

/** Starts a program. It is killed when this is disposed. */
export function startMeasured(program: string, args: readonly string[]): MeasuredProcess {
  const startedMs = performance.now()
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines: { readonly text: string; readonly atMs: number }[] = []
  const tail: string[] = []
  let wake = Promise.withResolvers<void>()
  let isOver = false
  const onLine = (text: string): void => {
    lines.push({ text, atMs: performance.now() })
    tail.push(text)
    if (tail.length > quoted) tail.shift()
    wake.resolve()
  }
  const closed = Promise.all([child.stdout, child.stderr].map((stream) => readLines(stream, onLine)))
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => onLine(`cannot start ${program}: ${error.message}`))
    child.once('close', () => resolve())
  })
  void Promise.all([exited, closed]).then(() => {
    isOver = true
    wake.resolve()
  })
  // Who writes a command to a program that has just died learns it from the missing answer.
  child.stdin.on('error', () => undefined)

  const next: MeasuredProcess['next'] = async (read) => {
    for (;;) {
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
        const value = read(line.text)
        if (value !== undefined) return { value, atMs: line.atMs }
      }
      if (isOver) throw new Error(`${program} ${args.join(' ')} has ended:\n${tail.join('\n')}`)
      wake = Promise.withResolvers()
      await wake.promise
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await exited
  }
  return {
    pid: child.pid ?? -1,
    startedMs,
    next,
    async event<T extends object>(name: string) {
      const { value, atMs } = await next((line) => eventOf(line, name))
      return { ...(value as T), atMs }
    },
    send: (command) => void child.stdin.write(`${command}\n`),
    signal: (signal) => void child.kill(signal),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

/** What a line of {@link MeasuredProcess.event}'s kind says; undefined for any other line. */
export function eventOf(line: string, name: string): object | undefined {
  if (!line.startsWith('{')) return undefined
  const message = JSON.parse(line) as { readonly event?: unknown }
  return message.event === name ? message : undefined
}

async function readLines(stream: Readable, onLine: (text: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line)
}
