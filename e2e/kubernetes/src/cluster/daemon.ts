import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'

/** How a process of the cluster is started. */
export interface DaemonSpec {
  /** Name in logs and errors, and of its log file. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** File that takes stdout and stderr. */
  readonly logFile: string
}

/** How a process ended. */
export interface ExitStatus {
  readonly code: number | null
  readonly signal: string | null
}

/** A running process of the cluster, in a session of its own so that signals to the runner do not reach it. */
export interface Daemon {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<ExitStatus>
  /** Undefined while it runs. */
  readonly status: () => ExitStatus | undefined
  /** Whether {@link Daemon.stop} was called: then its end was asked for. */
  readonly toldToEnd: () => boolean
  /** Sends a signal and waits for the end; SIGKILL follows when `graceMs` (default 5 s) have passed. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>
  /** Everything that this process has written so far. */
  output(): string
}

/**
 * Starts a process.
 *
 * @throws Error when the executable cannot be started.
 */
export async function startDaemon(spec: DaemonSpec): Promise<Daemon> {
  const log = openSync(spec.logFile, 'a')
  // A component that is started again goes on in the same file.
  const before = fstatSync(log).size
  let child: ChildProcess
  try {
    child = spawn(spec.command, spec.args, {
      env: { ...spec.env },
      stdio: ['ignore', log, log],
      detached: true,
      cwd: '/',
    })
  } finally {
    closeSync(log)
  }
  let status: ExitStatus | undefined
  let told = false
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (code, signal) => {
      status = { code, signal }
      resolve(status)
    })
  })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  return {
    name: spec.name,
    pid,
    logFile: spec.logFile,
    exited,
    status: () => status,
    toldToEnd: () => told,
    async stop(signal = 'SIGTERM', graceMs = 5_000) {
      told = true
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
    output: () => readFileSync(spec.logFile).subarray(before).toString('utf8'),
  }
}

/** The last lines of a log, for the report of a failure. */
export function tailOf(text: string, lines = 20): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

/** Text for an end that nobody asked for. */
export function describeExit({ code, signal }: ExitStatus): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`
}
