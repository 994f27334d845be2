import type { FlagSpec } from './flag.ts'
import { parseBool, parsePairs } from './flag-values.ts'

/** One feature that can be switched. */
export interface FeatureGateSpec {
  readonly default: boolean
  /** A removed gate is accepted with a warning, so that a manifest of an older version still starts; it decides nothing. */
  readonly stage: 'alpha' | 'beta' | 'ga' | 'removed'
}

/** Features by gate name. */
export type FeatureGateSpecs = Readonly<Record<string, FeatureGateSpec>>

/** A gate that does not exist, or a value that is neither true nor false. */
export class FeatureGateError extends Error {
  override readonly name = 'FeatureGateError'
}

/** Settings of {@link resolveFeatureGates}. */
export interface ResolveOptions {
  /** Told about gates that need not or cannot be set any more. */
  readonly warn?: ((message: string) => void) | undefined
}

/** `--feature-gates=A=true,B=false`. Names and values are judged by {@link resolveFeatureGates}: upstream exits with 1 for them, not 2. */
export function featureGatesFlag(specs: FeatureGateSpecs): FlagSpec<Readonly<Record<string, string>>> {
  const gates = Object.entries(specs).filter(([, { stage }]) => stage !== 'removed')
  const list = gates.map(([name, spec]) => `${name}=true|false (${spec.stage.toUpperCase()}, default=${spec.default})`)
  return {
    name: 'feature-gates',
    kind: 'map',
    default: {},
    help: `A set of key=value pairs that switch features. Options are: ${['AllAlpha=true|false', 'AllBeta=true|false', ...list].join(', ')}`,
    parse: (text) => parsePairs(text, '='),
    format: (value) =>
      Object.entries(value)
        .map(([name, given]) => `${name}=${given}`)
        .join(','),
    accumulate: (before, next) => ({ ...before, ...next }),
  }
}

/**
 * Decides every gate: what was given, else `AllAlpha` or `AllBeta` for its stage, else its default. Throws
 * {@link FeatureGateError}, with one line that lists the known gates.
 */
export function resolveFeatureGates<K extends string>(
  specs: Readonly<Record<K, FeatureGateSpec>>,
  given: Readonly<Record<string, string | boolean>>,
  options: ResolveOptions = {},
): Readonly<Record<K, boolean>> {
  const known: FeatureGateSpecs = specs
  const parsed = new Map(Object.entries(given).map(([name, value]) => [name, parseGate(name, value)]))
  for (const name of parsed.keys()) {
    const spec = Object.hasOwn(known, name) ? known[name] : undefined
    if (spec === undefined && name !== 'AllAlpha' && name !== 'AllBeta') {
      throw new FeatureGateError(
        `unrecognized feature gate: ${name}; known: ${Object.keys(specs).join(', ') || 'none'}`,
      )
    }
    if (spec?.stage === 'ga') options.warn?.(`feature gate ${name} is generally available and will be removed`)
    if (spec?.stage === 'removed') options.warn?.(`feature gate ${name} was removed and has no effect`)
  }
  const entries = Object.entries(known).map(([name, { stage, default: byDefault }]) => {
    const byStage = stage === 'alpha' ? parsed.get('AllAlpha') : stage === 'beta' ? parsed.get('AllBeta') : undefined
    const decided = stage === 'removed' ? byDefault : (parsed.get(name) ?? byStage ?? byDefault)
    return [name, decided]
  })
  return Object.fromEntries(entries)
}

function parseGate(name: string, value: string | boolean): boolean {
  if (typeof value === 'boolean') return value
  try {
    return parseBool(value)
  } catch (error) {
    throw new FeatureGateError(`invalid value ${JSON.stringify(value)} of feature gate ${name}; allowed: true, false`, {
      cause: error,
    })
  }
}
