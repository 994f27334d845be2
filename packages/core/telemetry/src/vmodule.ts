import { matchesGlob } from 'node:path'
import type { Caller } from './caller.ts'

/** One `pattern=level` of `--vmodule`. */
export interface VerbosityRule {
  /** Matches a file's base name without its ending; matches the whole path when it contains a slash. */
  readonly pattern: string
  readonly level: number
}

/** Parses `pattern=N,pattern=N`, klog's `--vmodule`. Throws an Error that names the part and what is allowed. */
export function parseVmodule(text: string): readonly VerbosityRule[] {
  const rules: VerbosityRule[] = []
  for (const part of text.split(',')) {
    if (part === '') continue
    const [pattern, level, ...rest] = part.split('=')
    if (pattern === undefined || pattern === '' || level === undefined || !/^\d+$/.test(level) || rest.length > 0) {
      throw new Error(`syntax error in ${JSON.stringify(part)}: expect comma-separated list of filename=N`)
    }
    rules.push({ pattern, level: Number(level) })
  }
  return rules
}

/** The verbosity that the first matching rule gives the caller, if one matches. */
export function verbosityOf(caller: Caller, rules: readonly VerbosityRule[]): number | undefined {
  const path = caller.path.replace(/^file:\/\//, '').replace(/\.[cm]?[jt]s$/, '')
  const file = path.slice(path.lastIndexOf('/') + 1)
  return rules.find(({ pattern }) => matchesGlob(pattern.includes('/') ? path : file, pattern))?.level
}
