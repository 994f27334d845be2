import type { LogFields } from '@csi-ts/telemetry'
import { type FlagsFor, type FlagTable, type FlagValues, parseFlags } from './flag-table.ts'
import { type LoggingOptions, loggingFlags } from './logging-flags.ts'
import { type GeneralOptions, generalFlags } from './shared-flags.ts'

/** A program's command line, taken apart. */
export interface CommandLine<T extends FlagTable> {
  readonly options: FlagValues<T>
  readonly logging: LoggingOptions
  readonly general: GeneralOptions
  /** Keys of the program's own flags that were given. */
  readonly changed: ReadonlySet<string>
  readonly warnings: readonly { readonly message: string; readonly fields: LogFields }[]
}

/** What decides how a command line is read. */
export interface CommandLineOwner<T extends FlagTable> {
  readonly flags: T
  readonly grammar?: 'flag' | 'pflag'
  readonly versionFlag?: boolean
  readonly kind?: 'daemon' | 'tool'
}

/** The program's flags and those of every program, as help shows them. Keys of the latter are made unable to collide. */
export function allFlags<T extends FlagTable>(program: CommandLineOwner<T>): FlagTable {
  const { version, ...others } = generalFlags
  if (program.kind === 'tool') return { ...program.flags, ...underPrefix('general.', { version }) }
  const general = program.versionFlag === false ? others : { ...others, version }
  return { ...program.flags, ...underPrefix('general.', general), ...underPrefix('logging.', loggingFlags) }
}

/** Parses a command line; throws as `parseFlags` does. */
export function parseCommandLine<T extends FlagTable>(
  program: CommandLineOwner<T>,
  argv: readonly string[],
): CommandLine<T> {
  const table = allFlags(program)
  const { values, changed, args } = parseFlags(table, argv, { grammar: program.grammar })
  const deprecated = Object.entries(table).flatMap(([key, { name, deprecated: instead }]) =>
    changed.has(key) && instead !== undefined
      ? [{ message: 'flag is deprecated', fields: { flag: name, instead } }]
      : [],
  )
  const ignored = args.length === 0 ? [] : [{ message: 'arguments after the flags are ignored', fields: { args } }]
  const own = Object.keys(program.flags)
  return {
    options: pick(values, own) as FlagValues<T>,
    logging: withoutPrefix(values, 'logging.', loggingFlags),
    general: withoutPrefix(values, 'general.', generalFlags),
    changed: new Set(own.filter((key) => changed.has(key))),
    warnings: [...deprecated, ...ignored],
  }
}

type Values = Readonly<Record<string, unknown>>

function pick(values: Values, keys: readonly string[]): Values {
  return Object.fromEntries(keys.map((key) => [key, values[key]]))
}

function underPrefix(prefix: string, table: FlagTable): FlagTable {
  return Object.fromEntries(Object.entries(table).map(([key, spec]) => [prefix + key, spec]))
}

// A flag that the program has left out, as `version` may be, has its default.
function withoutPrefix<O>(values: Values, prefix: string, table: FlagTable & FlagsFor<O>): O {
  const entries = Object.entries(table).map(([key, spec]) => [
    key,
    prefix + key in values ? values[prefix + key] : spec.default,
  ])
  return Object.fromEntries(entries)
}
