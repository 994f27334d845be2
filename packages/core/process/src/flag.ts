import { formatDuration, parseDurationMs } from './duration.ts'
import { parseBool, parseFloatText, parseInteger, parseList, parsePairs } from './flag-values.ts'

/** One command line flag: parses, documents and defaults itself. */
export interface FlagSpec<T> {
  /** Without dashes. */
  readonly name: string
  /** What help and documentation call the value: `string`, `duration`, … */
  readonly kind: string
  /** Text to value; throws an Error that says what is allowed. */
  parse(text: string): T
  /** The default as help shows it; an empty text is not shown. */
  format(value: T): string
  readonly default: T
  readonly help: string
  /** True when the flag stands for `true` without a value, and takes one only after `=`. */
  readonly boolean?: true
  /** Joins the values of a flag that is given several times; without it the last one counts. */
  accumulate?(before: T, next: T): T
  /** Why not to use it, and what instead. Its use is warned about. */
  readonly deprecated?: string
  /** Accepted, but not shown in help. */
  readonly hidden?: boolean
  /** Heading in help and documentation. */
  readonly group?: string
}

/** What a flag of any kind is made from. */
export interface FlagOptions<T> {
  readonly name: string
  readonly default: T
  readonly help: string
  readonly deprecated?: string
  readonly hidden?: boolean
  readonly group?: string
}

/** Bounds of a number, included. */
export interface NumberFlagOptions extends FlagOptions<number> {
  readonly min?: number
  readonly max?: number
}

/** A flag with a closed list of values. */
export interface EnumerationFlagOptions<T extends string> extends FlagOptions<T> {
  readonly values: readonly T[]
}

/** A flag of `key=value` pairs. */
export interface StringMapFlagOptions extends FlagOptions<Readonly<Record<string, string>>> {
  /** Between key and value. Default `=`. */
  readonly separator?: '=' | ':'
}

/** Makers of flags. */
export interface FlagMakers {
  string(options: FlagOptions<string>): FlagSpec<string>
  /** Go's words: `1 t T TRUE true True 0 f F FALSE false False`. */
  bool(options: FlagOptions<boolean>): FlagSpec<boolean>
  /** A whole number; also `0x`, `0o`, `0b` and `_` between digits, as in Go. */
  int(options: NumberFlagOptions): FlagSpec<number>
  /** Like `int`, not negative. */
  uint(options: NumberFlagOptions): FlagSpec<number>
  float(options: NumberFlagOptions): FlagSpec<number>
  /** Go's durations; the value is in milliseconds, as is the default. */
  duration(options: NumberFlagOptions): FlagSpec<number>
  /** `a,b,c`; given several times, the values add up. */
  stringList(options: FlagOptions<readonly string[]>): FlagSpec<readonly string[]>
  /** `k=v,k2=v2`; given several times, the pairs add up. */
  stringMap(options: StringMapFlagOptions): FlagSpec<Readonly<Record<string, string>>>
  enumeration<T extends string>(options: EnumerationFlagOptions<T>): FlagSpec<T>
}

export const flag: FlagMakers = {
  string: (options) => ({ ...options, kind: 'string', parse: (text) => text, format: (value) => value }),
  bool: (options) => ({ ...options, kind: 'bool', boolean: true, parse: parseBool, format: String }),
  int: (options) => ({ ...options, kind: 'int', parse: bounded(parseInteger, options, String), format: String }),
  uint: (options) => ({
    ...options,
    kind: 'uint',
    parse: bounded(parseInteger, { min: 0, ...options }, String),
    format: String,
  }),
  float: (options) => ({ ...options, kind: 'float', parse: bounded(parseFloatText, options, String), format: String }),
  duration: (options) => ({
    ...options,
    kind: 'duration',
    parse: bounded(parseDuration, options, formatDuration),
    format: formatDuration,
  }),
  stringList: (options) => ({
    ...options,
    kind: 'list',
    parse: parseList,
    format: (value) => value.join(','),
    accumulate: (before, next) => [...before, ...next],
  }),
  stringMap: ({ separator = '=', ...options }) => ({
    ...options,
    kind: 'map',
    parse: (text) => parsePairs(text, separator),
    format: (value) =>
      Object.entries(value)
        .map(([key, item]) => `${key}${separator}${item}`)
        .join(','),
    accumulate: (before, next) => ({ ...before, ...next }),
  }),
  enumeration: ({ values, ...options }) => ({
    ...options,
    kind: values.join('|'),
    parse: (text) => {
      const value = values.find((candidate) => candidate === text)
      if (value === undefined) throw new Error(`allowed: ${values.join(', ')}`)
      return value
    },
    format: (value) => value,
  }),
}

function parseDuration(text: string): number {
  try {
    return parseDurationMs(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${why} (allowed: a number with a unit, such as 300ms, 10s or 1m30s)`, { cause: error })
  }
}

function bounded(
  parse: (text: string) => number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: { min?: number; max?: number },
  format: (value: number) => string,
): (text: string) => number {
  return (text) => {
    const value = parse(text)
    if (value >= min && value <= max) return value
    const low = min === Number.NEGATIVE_INFINITY ? [] : [`at least ${format(min)}`]
    const high = max === Number.POSITIVE_INFINITY ? [] : [`at most ${format(max)}`]
    throw new Error(`allowed: ${[...low, ...high].join(', ')}`)
  }
}
