import { expect, it } from 'vitest'
import { allFlags, parseCommandLine } from './command-line.ts'
import { flag } from './flag.ts'

const owner = { flags: { version: flag.string({ name: 'api-version', default: 'v1', help: '' }) } }

it("keeps a program's own option apart from a shared one with the same key", () => {
  const { options, general, logging, changed } = parseCommandLine(owner, ['--version', '--api-version=v2', '-v=3'])
  expect([options.version, general.version, logging.verbosity, [...changed]]).toEqual(['v2', true, 3, ['version']])
})

it('leaves --version out where the original has none', () => {
  expect(() => parseCommandLine({ ...owner, versionFlag: false }, ['--version'])).toThrow('not defined: -version')
  expect(parseCommandLine({ ...owner, versionFlag: false }, []).general.version).toBe(false)
})

it('offers the flags of component-base', () => {
  expect(Object.values(allFlags(owner)).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['v', 'vmodule', 'logging-format', 'log-flush-frequency', 'automaxprocs', 'version']),
  )
})

it('offers a tool no flags but its own and --version', () => {
  const tool = { ...owner, kind: 'tool' } as const
  expect(Object.values(allFlags(tool)).map(({ name }) => name)).toEqual(['api-version', 'version'])
  expect(() => parseCommandLine(tool, ['-v=3'])).toThrow('not defined: -v')
})
