import { type Clock, systemClock } from '@csi-ts/concurrency'
import { type Caller, findCaller, unknownCaller } from './caller.ts'
import { formatJson } from './json-format.ts'
import { formatKlog } from './klog-format.ts'
import { createLogTime } from './log-time.ts'
import { type VerbosityRule, verbosityOf } from './vmodule.ts'

/** What a line is about: one key per thing everywhere (`volume`, `claim`, `node`, `driver`). Values are made safe to print. */
export type LogFields = Readonly<Record<string, unknown>>

/** Structured log. Messages are constant, lower-case text; what varies goes into fields. */
export interface Logger {
  /** The level up to which lines are written, `-v`. */
  readonly verbosity: number
  /** A logger for lines of that level: this one when they are written, else one that does nothing. */
  v(level: number): Logger
  /** Whether lines of that level are written; to skip work that only serves a line. */
  enabled(level: number): boolean
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  /** An error is logged once, where it is handled. Its causes are part of the line, its stack is not. */
  error(message: string, error?: unknown, fields?: LogFields): void
  /** A logger that adds `fields` to each line; a line's own fields win. */
  with(fields: LogFields): Logger
}

/** W3C trace context of the work in hand. */
export interface TraceContext {
  readonly traceparent: string
}

/** What everything that waits takes as its last parameter. */
export interface WorkContext {
  /** Fires when the work should stop. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly trace?: TraceContext
}

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** klog's text or component-base's JSON. */
  readonly format: 'text' | 'json'
  readonly verbosity: number
  /** Gets each line whole, its newline included, in one call. */
  readonly write: (line: string) => void
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Process id in the text header. Default 1. */
  readonly pid?: number | undefined
  /** Whether to find out file and line of the caller, at about two microseconds a line. Default true. */
  readonly caller?: boolean | undefined
  /** Fields of every line. */
  readonly fields?: LogFields | undefined
  /** Levels by file, as {@link parseVmodule} returns them. Costs a caller lookup for each `v()` that is not written. */
  readonly vmodule?: readonly VerbosityRule[] | undefined
}

/** One line before it is text. */
export interface LogRecord {
  readonly severity: 'I' | 'W' | 'E'
  readonly level: number
  readonly message: string
  readonly fields: LogFields
  /** Present on error lines that were given one. */
  readonly error?: unknown
  readonly caller: Caller
}

/** A logger that writes lines in the formats of the Kubernetes components. */
export function createLogger(options: LoggerOptions): Logger {
  const time = createLogTime(options.clock ?? systemClock)
  const pid = String(options.pid ?? 1).padStart(7)
  const shared: Shared = {
    verbosity: options.verbosity,
    rules: options.vmodule ?? [],
    findsCaller: options.caller ?? true,
    quiet: new QuietLogger(options.verbosity),
    emit: (record) =>
      options.write(
        options.format === 'json' ? formatJson(record, time.epochMs()) : formatKlog(record, time.klog(), pid),
      ),
  }
  return new LineLogger(shared, 0, options.fields ?? {})
}

/** Writes nothing. */
export const silentLogger: Logger = {
  verbosity: -1,
  v: () => silentLogger,
  enabled: () => false,
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
}

interface Shared {
  readonly verbosity: number
  readonly rules: readonly VerbosityRule[]
  readonly findsCaller: boolean
  /** Stands in for lines that are not written. */
  readonly quiet: Logger
  emit(record: LogRecord): void
}

const noFields: LogFields = {}

class LineLogger implements Logger {
  readonly #shared: Shared
  readonly #level: number
  readonly #fields: LogFields

  constructor(shared: Shared, level: number, fields: LogFields) {
    this.#shared = shared
    this.#level = level
    this.#fields = fields
  }

  get verbosity(): number {
    return this.#shared.verbosity
  }

  v(level: number): Logger {
    if (!this.#isWritten(level)) return this.#shared.quiet
    return level === this.#level ? this : new LineLogger(this.#shared, level, this.#fields)
  }

  enabled(level: number): boolean {
    return this.#isWritten(level)
  }

  info(message: string, fields: LogFields = noFields): void {
    this.#emit('I', message, fields)
  }

  warn(message: string, fields: LogFields = noFields): void {
    this.#emit('W', message, fields)
  }

  error(message: string, error?: unknown, fields: LogFields = noFields): void {
    this.#emit('E', message, fields, error)
  }

  with(fields: LogFields): Logger {
    return new LineLogger(this.#shared, this.#level, { ...this.#fields, ...fields })
  }

  #isWritten(level: number): boolean {
    const { rules, verbosity } = this.#shared
    if (level <= verbosity) return true
    return rules.length > 0 && level <= (verbosityOf(findCaller(2), rules) ?? verbosity)
  }

  #emit(severity: LogRecord['severity'], message: string, fields: LogFields, error?: unknown): void {
    const caller = this.#shared.findsCaller ? findCaller(2) : unknownCaller
    const all = { ...this.#fields, ...fields }
    this.#shared.emit({
      severity,
      level: this.#level,
      message,
      fields: all,
      caller,
      ...(error === undefined ? {} : { error }),
    })
  }
}

/** Stands in for lines that are not written; deeper levels are not written either. */
class QuietLogger implements Logger {
  readonly verbosity: number

  constructor(verbosity: number) {
    this.verbosity = verbosity
  }

  v(): Logger {
    return this
  }

  enabled(): boolean {
    return false
  }

  info(): void {}

  warn(): void {}

  error(): void {}

  with(): Logger {
    return this
  }
}
