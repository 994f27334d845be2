import { describe, expect, it } from 'vitest'
import { FeatureGateError, type FeatureGateSpec, featureGatesFlag, resolveFeatureGates } from './feature-gates.ts'

type Gate = 'Alpha' | 'Beta' | 'Topology' | 'Gone'
const specs: Readonly<Record<Gate, FeatureGateSpec>> = {
  Alpha: { default: false, stage: 'alpha' },
  Beta: { default: true, stage: 'beta' },
  Topology: { default: true, stage: 'ga' },
  Gone: { default: true, stage: 'removed' },
}
const defaults = { Alpha: false, Beta: true, Topology: true, Gone: true }

describe('resolveFeatureGates', () => {
  it.each([
    { given: '', expected: {} },
    { given: 'Alpha=true,Topology=false', expected: { Alpha: true, Topology: false } },
    { given: 'AllAlpha=true', expected: { Alpha: true } },
    { given: 'AllAlpha=true,Alpha=false', expected: {} },
    { given: 'AllBeta=F', expected: { Beta: false } },
    { given: 'Gone=false', expected: {} }, // decides nothing any more
  ])('decides $given', ({ given, expected }) => {
    expect(resolveFeatureGates(specs, featureGatesFlag(specs).parse(given))).toEqual({ ...defaults, ...expected })
  })

  it('warns about gates that need not or cannot be set', () => {
    const warnings: string[] = []
    resolveFeatureGates(
      specs,
      { Topology: true, Gone: true, Alpha: true },
      { warn: (message) => warnings.push(message) },
    )
    expect(warnings).toEqual([
      'feature gate Topology is generally available and will be removed',
      'feature gate Gone was removed and has no effect',
    ])
  })

  it.each<{ given: Record<string, string>; message: string }>([
    { given: { Nope: 'true' }, message: 'unrecognized feature gate: Nope; known: Alpha, Beta, Topology, Gone' },
    { given: { toString: 'true' }, message: 'unrecognized feature gate: toString; known: Alpha, Beta, Topology, Gone' },
    { given: { Alpha: 'yes' }, message: 'invalid value "yes" of feature gate Alpha; allowed: true, false' },
  ])('refuses $given', ({ given, message }) => {
    expect(() => resolveFeatureGates(specs, given)).toThrow(new FeatureGateError(message))
  })
})

describe('featureGatesFlag', () => {
  it('lists the gates that can be set', () => {
    expect(featureGatesFlag(specs).help).toBe(
      'A set of key=value pairs that switch features. Options are: AllAlpha=true|false, AllBeta=true|false, ' +
        'Alpha=true|false (ALPHA, default=false), Beta=true|false (BETA, default=true), Topology=true|false (GA, default=true)',
    )
  })
})
