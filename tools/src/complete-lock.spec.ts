import { expect, it } from 'vitest'
import { missingPlatformEntries } from './complete-lock.ts'

it('adds the platform packages that the lock file names and does not hold', () => {
  const entries = {
    'node_modules/tool': {
      version: '1.2.3',
      dev: true,
      optionalDependencies: { '@tool/cli-darwin-arm64': '1.2.3', '@tool/cli-linux-x64': '1.2.3' },
    },
    'node_modules/@tool/cli-linux-x64': { version: '1.2.3', optional: true },
  }
  expect(missingPlatformEntries(entries)).toEqual({
    'node_modules/@tool/cli-darwin-arm64': {
      version: '1.2.3',
      optional: true,
      dev: true,
      os: ['darwin'],
      cpu: ['arm64'],
    },
  })
})

it('leaves ranges alone: their version is only known to the registry', () => {
  expect(missingPlatformEntries({ 'node_modules/tool': { optionalDependencies: { fsevents: '^2.0.0' } } })).toEqual({})
})
