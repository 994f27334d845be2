import { createLogger, type Logger, parseVmodule, type VerbosityRule } from '@csi-ts/telemetry'
import { type FlagSpec, flag } from './flag.ts'
import { type FlagsFor, groupFlags } from './flag-table.ts'

/** What the logging flags say. */
export interface LoggingOptions {
  /** `-v`. */
  readonly verbosity: number
  readonly vmodule: readonly VerbosityRule[]
  /** As given; {@link loggingMistake} judges it. */
  readonly loggingFormat: string
  readonly logFlushFrequencyMs: number
  readonly logTextSplitStream: boolean
  readonly logTextInfoBufferSize: string
  readonly logJsonSplitStream: boolean
  readonly logJsonInfoBufferSize: string
}

const alphaHelp = 'Refused: needs the gate LoggingAlphaOptions, which nothing can set.'

/** The logging flags of every component: those of Kubernetes' component-base. */
export const loggingFlags: FlagsFor<LoggingOptions> = groupFlags('Logging', {
  verbosity: flag.int({ name: 'v', default: 0, help: 'Number for the log level verbosity.' }),
  vmodule: vmoduleFlag(),
  loggingFormat: flag.string({
    name: 'logging-format',
    default: 'text',
    help: 'Sets the log format. Permitted formats: "json", "text".',
  }),
  logFlushFrequencyMs: flag.duration({
    name: 'log-flush-frequency',
    default: 5_000,
    help: 'Accepted for compatibility: each line is written at once.',
  }),
  logTextSplitStream: flag.bool({ name: 'log-text-split-stream', default: false, help: alphaHelp, hidden: true }),
  logTextInfoBufferSize: flag.string({
    name: 'log-text-info-buffer-size',
    default: '0',
    help: alphaHelp,
    hidden: true,
  }),
  logJsonSplitStream: flag.bool({ name: 'log-json-split-stream', default: false, help: alphaHelp, hidden: true }),
  logJsonInfoBufferSize: flag.string({
    name: 'log-json-info-buffer-size',
    default: '0',
    help: alphaHelp,
    hidden: true,
  }),
})

/** What is wrong with the combination, in one line. Upstream finds these after parsing and exits with 1, not 2. */
export function loggingMistake(options: LoggingOptions): string | undefined {
  const { loggingFormat } = options
  if (loggingFormat !== 'text' && loggingFormat !== 'json') {
    return `invalid value ${JSON.stringify(loggingFormat)} for flag -logging-format: allowed: json, text`
  }
  if (loggingFormat === 'json' && options.vmodule.length > 0)
    return 'flag -vmodule only works with -logging-format=text'
  const alpha = alphaOptions.filter((key) => options[key] !== loggingFlags[key].default)
  if (alpha.length === 0) return undefined
  const names = alpha.map((key) => `-${loggingFlags[key].name}`).join(', ')
  return `${names}: not allowed, the feature LoggingAlphaOptions is disabled`
}

/** The logger that the flags describe; each line goes to `write` whole. */
export function loggerFor(options: LoggingOptions, pid: number, write: (line: string) => void): Logger {
  const format = options.loggingFormat === 'json' ? 'json' : 'text'
  return createLogger({ format, verbosity: options.verbosity, vmodule: options.vmodule, pid, write })
}

const alphaOptions = [
  'logTextSplitStream',
  'logTextInfoBufferSize',
  'logJsonSplitStream',
  'logJsonInfoBufferSize',
] as const

function vmoduleFlag(): FlagSpec<readonly VerbosityRule[]> {
  return {
    name: 'vmodule',
    kind: 'pattern=N,...',
    default: [],
    help: 'Comma-separated list of pattern=N settings for file-filtered logging (only works for text log format).',
    parse: parseVmodule,
    format: (rules) => rules.map(({ pattern, level }) => `${pattern}=${level}`).join(','),
  }
}
