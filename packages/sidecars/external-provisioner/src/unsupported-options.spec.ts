import { parseFlags, UsageError } from '@csi-ts/process'
import { describe, expect, it } from 'vitest'
import { flags } from './flags.ts'
import { plainDriver } from './testing/requests.ts'
import { checkUnsupportedOptions, unsupportedDriverFeatures } from './unsupported-options.ts'

const options = (...argv: string[]): Parameters<typeof checkUnsupportedOptions>[0] => parseFlags(flags, argv).values

describe('checkUnsupportedOptions', () => {
  it.each([
    {
      argument: '--enable-capacity',
      message:
        'invalid value "true" for flag -enable-capacity: this version does not publish storage capacity; allowed: false',
    },
    { argument: '--node-deployment=true', message: 'this version does not run one instance per node; allowed: false' },
    { argument: '--strict-topology', message: 'this version does not ask for topologies; allowed: false' },
  ])('refuses $argument rather than ignoring it', ({ argument, message }) => {
    expect(() => checkUnsupportedOptions(options(argument))).toThrow(UsageError)
    expect(() => checkUnsupportedOptions(options(argument))).toThrow(message)
  })

  it('names each flag that changes nothing', () => {
    const given = options(
      '--capacity-threads=2',
      '--immediate-topology=false',
      '--prevent-volume-mode-conversion=false',
    )
    expect(checkUnsupportedOptions(given)).toEqual([
      'flag -capacity-threads has no effect in this version',
      'flag -immediate-topology has no effect in this version',
      'flag -prevent-volume-mode-conversion has no effect in this version',
    ])
  })

  it('says nothing about the rest', () => {
    expect(checkUnsupportedOptions(options('--timeout=1m', '--extra-create-metadata', '--capacity-threads=1'))).toEqual(
      [],
    )
  })
})

describe('unsupportedDriverFeatures', () => {
  it('says what of the driver is not used', () => {
    expect(unsupportedDriverFeatures(plainDriver)).toEqual([])
    expect(
      unsupportedDriverFeatures({ ...plainDriver, topology: true, migratedFrom: 'kubernetes.io/aws-ebs' }),
    ).toEqual([expect.stringContaining('topology'), expect.stringContaining('kubernetes.io/aws-ebs')])
  })
})
