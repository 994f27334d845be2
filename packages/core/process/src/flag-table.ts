import type { FlagSpec } from './flag.ts'

/** The flags of a program by the name of the option that they set. */
export type FlagTable = Readonly<Record<string, FlagSpec<unknown>>>

/** The options of a program, as its flag table types them. */
export type FlagValues<T extends FlagTable> = {
  readonly [K in keyof T]: T[K] extends FlagSpec<infer V> ? V : never
}

/** The flag table for an interface of options: what a package exports its flags as, documented at the interface. */
export type FlagsFor<O> = { readonly [K in keyof O]-?: FlagSpec<O[K]> }

/** The command line is wrong. The message is one line that names the flag, the value and what is allowed; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** `-h`, `-help` or `--help` was given. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested'
}

/** Settings of {@link parseFlags}. */
export interface ParseOptions {
  /**
   * `flag`: Go's flag package, the first argument that is no flag ends parsing. `pflag`: spf13/pflag, flags may follow arguments.
   * Both take one dash or two here. Default `flag`.
   */
  readonly grammar?: 'flag' | 'pflag' | undefined
}

/** A parsed command line. */
export interface ParsedFlags<T extends FlagTable> {
  readonly values: FlagValues<T>
  /** Keys of the flags that were given, also when given their default. */
  readonly changed: ReadonlySet<string>
  /** What was not a flag. */
  readonly args: readonly string[]
}

/**
 * Parses a command line in Go's grammar: `--x=v`, `-x=v`, `--x v`; a bool is `--x` or `--x=false`, never two words; `--` ends
 * the flags; the last one counts unless the flag accumulates. Throws {@link UsageError}, or {@link HelpRequested}.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  argv: readonly string[],
  options: ParseOptions = {},
): ParsedFlags<T> {
  const keys = new Map(Object.entries(table).map(([key, spec]) => [spec.name, { key, spec }]))
  const values = new Map<string, unknown>(Object.entries(table).map(([key, spec]) => [key, spec.default]))
  const changed = new Set<string>()
  const args: string[] = []
  const words = [...argv]

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      args.push(...words.splice(0))
    } else if (!word.startsWith('-') || word === '-') {
      args.push(word)
      if (options.grammar !== 'pflag') args.push(...words.splice(0))
    } else {
      const { name, inline } = splitFlag(word)
      const known = keys.get(name)
      if (known === undefined) throw isHelp(name) ? new HelpRequested('help requested') : unknownFlag(name)
      const { key, spec } = known
      const text = inline ?? (spec.boolean === true ? 'true' : words.shift())
      if (text === undefined) throw new UsageError(`flag needs an argument: -${name}`)
      const value = parseValue(spec, text)
      const joined = spec.accumulate !== undefined && changed.has(key) ? spec.accumulate(values.get(key), value) : value
      values.set(key, joined)
      changed.add(key)
    }
  }
  return { values: Object.fromEntries(values) as FlagValues<T>, changed, args }
}

/** Puts all flags of a table under one heading. */
export function groupFlags<T extends FlagTable>(group: string, table: T): T {
  return Object.fromEntries(Object.entries(table).map(([key, spec]) => [key, { ...spec, group }])) as T
}

function splitFlag(word: string): { readonly name: string; readonly inline: string | undefined } {
  const body = word.replace(/^--?/, '')
  const at = body.indexOf('=')
  if (body.startsWith('-') || at === 0) throw new UsageError(`bad flag syntax: ${word}`)
  if (at > 0) return { name: body.slice(0, at), inline: body.slice(at + 1) }
  const attached = /^-v(\d+)$/.exec(word)?.[1] // the one flag that pflag knows by a letter
  return attached === undefined ? { name: body, inline: undefined } : { name: 'v', inline: attached }
}

function isHelp(name: string): boolean {
  return name === 'help' || name === 'h'
}

function unknownFlag(name: string): UsageError {
  return new UsageError(`flag provided but not defined: -${name}`)
}

function parseValue(spec: FlagSpec<unknown>, text: string): unknown {
  try {
    return spec.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const kind = spec.boolean === true ? 'boolean value' : 'value'
    throw new UsageError(`invalid ${kind} ${JSON.stringify(text)} for flag -${spec.name}: ${why}`, { cause: error })
  }
}
