import { describe, expect, it } from 'vitest'
import { parseOptions, renderHelp } from './parse-options.ts'

const known = [
  { name: 'smoke', title: 'a pod writes' },
  { name: 'contract', title: 'the API' },
]

describe('parseOptions', () => {
  it.each([
    { argv: [], names: ['smoke'], keep: false },
    { argv: ['contract', 'smoke'], names: ['contract', 'smoke'], keep: false },
    { argv: ['smoke', 'smoke', '--keep'], names: ['smoke'], keep: true },
    { argv: ['--keep'], names: ['smoke'], keep: true },
  ])('$argv runs $names', ({ argv, names, keep }) => {
    expect(parseOptions(argv, known)).toEqual({ kind: 'run', names, keep, soak: { minutes: 30 } })
  })

  it('reads how soak is run', () => {
    const options = parseOptions(['contract', '--minutes=1', '--seed', '42'], known)
    expect(options).toMatchObject({ soak: { minutes: 1, seed: 42 } })
  })

  it('names the allowed scenarios when one is unknown', () => {
    expect(parseOptions(['smok'], known)).toEqual({
      kind: 'usage-error',
      message: 'unknown scenario "smok": expected one of smoke, contract',
    })
  })

  it.each([
    { argv: ['--kepp'], message: "Unknown option '--kepp'" },
    { argv: ['--keep=yes'], message: "Option '--keep' does not take an argument" },
    { argv: ['--minutes=0'], message: '--minutes: expected a positive whole number, got "0"' },
    { argv: ['--seed=x1'], message: '--seed: expected a positive whole number, got "x1"' },
  ])('refuses $argv in one line', ({ argv, message }) => {
    expect(parseOptions(argv, known)).toEqual({ kind: 'usage-error', message })
  })

  it.each([['--help'], ['-h'], ['smoke', '--help']])('prints help for %s', (...argv) => {
    expect(parseOptions(argv, known)).toEqual({ kind: 'help' })
  })
})

describe('renderHelp', () => {
  it('lists every scenario and suite with its title', () => {
    const help = renderHelp(known.slice(0, 1), known.slice(1))
    expect(help).toContain('  smoke     a pod writes\n')
    expect(help).toContain('Suites:\n  contract  the API\n')
  })
})
