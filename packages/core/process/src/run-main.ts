import { hostname } from 'node:os'
import process from 'node:process'
import { type Clock, systemClock } from '@csi-ts/concurrency'
import { errorText, type Logger, silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { allFlags, type CommandLine, parseCommandLine } from './command-line.ts'
import { describeExit, type ExitReason, exitCodeOf } from './exit-reason.ts'
import { renderHelp } from './flag-help.ts'
import { type FlagTable, type FlagValues, HelpRequested, UsageError } from './flag-table.ts'
import { loggerFor, loggingMistake } from './logging-flags.ts'
import { writeAll } from './output.ts'
import { writeTerminationMessage } from './termination-message.ts'

/** What a program gets besides its options: all that it may know of its process. */
export interface ProcessContext extends WorkContext {
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly hostname: string
  /** When the process started, wall time. */
  readonly startTimeMs: number
  /** Keys of the flags that were given, also when given their default. */
  readonly changedFlags: ReadonlySet<string>
}

/** A program: what its `main.ts` hands to {@link runMain}. */
export interface Program<T extends FlagTable> {
  readonly name: string
  readonly version: string
  /** One sentence for `--help`. */
  readonly summary: string
  readonly flags: T
  /** `pflag` lets flags follow arguments. Default `flag`. */
  readonly grammar?: 'flag' | 'pflag'
  /** False leaves out `--version`. Default true. */
  readonly versionFlag?: boolean
  /**
   * A `tool` is run by a person in a terminal: it has no logging flags, and how it ended is said in plain words, not in a log
   * line. Default `daemon`.
   */
  readonly kind?: 'daemon' | 'tool'
  /**
   * Does everything; resolves when it is done, or when `ctx.signal` fired and all is put away. Nothing said means finished. A
   * {@link UsageError} that it throws ends the process like one of the command line, anything else with exit code 1.
   */
  start(options: FlagValues<T>, ctx: ProcessContext): Promise<ExitReason | undefined> | Promise<void>
}

/**
 * Runs a program and ends the process; the promise never resolves. Exit codes: 0 finished; 1 failed, lost lease, lost driver, a
 * second signal; 2 a wrong command line, or a bug (uncaught exception, unhandled rejection), as with a Go program. SIGTERM and
 * SIGINT fire `ctx.signal`; a second one ends the process at once. Log lines go to stderr before this or anything else returns.
 */
export async function runMain<T extends FlagTable>(program: Program<T>): Promise<never> {
  const commandLine = readCommandLine(program)
  const log = loggerFor(commandLine.logging, process.pid, (line) => writeAll(2, line))
  endOnBug(log)
  const mistake = loggingMistake(commandLine.logging)
  if (mistake !== undefined) end(1, `${mistake}\n`)
  if (commandLine.general.version) end(0, `${program.name} ${program.version}\n`, 1)
  for (const warning of commandLine.warnings) log.warn(warning.message, warning.fields)

  const signal = signalOnTermination(program.kind === 'tool' ? silentLogger : log)
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1) // a program that only waits for its signal must not run out of events
  const ctx: ProcessContext = {
    signal,
    log,
    clock: systemClock,
    env: process.env,
    hostname: hostname(),
    startTimeMs: Math.round(performance.timeOrigin),
    changedFlags: commandLine.changed,
  }
  log.v(1).info('starting', { program: program.name, version: program.version })
  const reason = await outcome(program, commandLine.options, ctx)
  clearInterval(keepAlive)
  return program.kind === 'tool' ? end(exitCodeOf(reason), plainReport(reason)) : end(report(reason, log))
}

function readCommandLine<T extends FlagTable>(program: Program<T>): CommandLine<T> {
  try {
    return parseCommandLine(program, process.argv.slice(2))
  } catch (error) {
    if (error instanceof HelpRequested) end(0, renderHelp(program, allFlags(program)), 1)
    return end(2, usageText(program.name, error))
  }
}

async function outcome<T extends FlagTable>(
  program: Program<T>,
  options: FlagValues<T>,
  ctx: ProcessContext,
): Promise<ExitReason> {
  try {
    return (await program.start(options, ctx)) ?? { kind: 'finished' }
  } catch (error) {
    if (error instanceof UsageError) return end(2, usageText(program.name, error))
    if (ctx.signal.aborted && error === ctx.signal.reason) return { kind: 'finished' }
    return { kind: 'failed', message: `${program.name} failed`, error }
  }
}

function report(reason: ExitReason, log: Logger): number {
  const code = exitCodeOf(reason)
  switch (reason.kind) {
    case 'finished':
      log.v(1).info('finished')
      break
    case 'lost-driver':
      leaveMessage(reason.message, log)
      log.error(reason.message)
      break
    case 'lost-lease':
      log.error(reason.message)
      break
    case 'failed':
      log.error(reason.message, reason.error)
      break
  }
  return code
}

function plainReport(reason: ExitReason): string {
  return reason.kind === 'finished' ? '' : `${describeExit(reason)}\n`
}

function leaveMessage(message: string, log: Logger): void {
  try {
    writeTerminationMessage(message)
  } catch (error) {
    log.error('cannot write the termination message', error)
  }
}

function signalOnTermination(log: Logger): AbortSignal {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      log.error('received a second signal, ending without a drain', undefined, { signal: name })
      end(1)
    }
    log.info('received a signal, shutting down', { signal: name })
    controller.abort(new Error(`received ${name}`))
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return controller.signal
}

function endOnBug(log: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    const stack = error instanceof Error ? error.stack : undefined
    log.error(origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception', error, { stack })
    end(2)
  })
}

function usageText(name: string, error: unknown): string {
  return `${errorText(error)}\nRun "${name} --help" for the flags.\n`
}

/** The only place that ends a process. */
function end(code: number, text = '', fd = 2): never {
  if (text !== '') writeAll(fd, text)
  process.exit(code)
}
