import type { LogFields, Logger } from '../logger.ts'

/** One recorded line. */
export interface RecordedLine {
  /** `info`, `warn` or `error`; with the level of `v()` for verbose lines: `v4`. */
  readonly level: 'info' | 'warn' | 'error' | `v${number}`
  readonly message: string
  readonly fields: LogFields
  readonly error?: unknown
}

/** A logger that keeps its lines. */
export interface LogRecorder {
  readonly log: Logger
  /** All lines so far, of every level. */
  readonly lines: readonly RecordedLine[]
}

/** Records every line at every level, also of loggers made by `with` and `v`. */
export function createLogRecorder(): LogRecorder {
  const lines: RecordedLine[] = []
  return { log: recordingLogger(lines, {}, 0), lines }
}

function recordingLogger(lines: RecordedLine[], fields: LogFields, verbose: number): Logger {
  const leveled = (level: 'info' | 'warn' | 'error'): RecordedLine['level'] => (verbose === 0 ? level : `v${verbose}`)
  return {
    verbosity: Number.POSITIVE_INFINITY,
    v: (level) => recordingLogger(lines, fields, level),
    enabled: () => true,
    info: (message, own = {}) => lines.push({ level: leveled('info'), message, fields: { ...fields, ...own } }),
    warn: (message, own = {}) => lines.push({ level: leveled('warn'), message, fields: { ...fields, ...own } }),
    error: (message, error, own = {}) =>
      lines.push({
        level: leveled('error'),
        message,
        fields: { ...fields, ...own },
        ...(error === undefined ? {} : { error }),
      }),
    with: (own) => recordingLogger(lines, { ...fields, ...own }, verbose),
  }
}
