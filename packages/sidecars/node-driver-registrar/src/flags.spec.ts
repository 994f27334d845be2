import { parseFlags } from '@csi-ts/process'
import { expect, it } from 'vitest'
import { flags } from './flags.ts'

it('has the names and defaults of upstream', () => {
  const names = Object.values(flags)
    .filter(({ group }) => group === undefined)
    .map(({ name, default: value }) => [name, value])
  expect(Object.fromEntries(names)).toEqual({
    'csi-address': '/run/csi/socket',
    'kubelet-registration-path': '',
    'plugin-registration-path': '/registration',
    timeout: 1_000,
    'http-endpoint': '',
    'health-port': 0,
    'enable-pprof': false,
    mode: '',
    'connection-timeout': 0,
  })
})

it('changes nothing by itself of what upstream lacks, besides making a removed socket anew', () => {
  expect(parseFlags(flags, []).values).toMatchObject({
    driverConnectTimeoutMs: 30_000,
    restoreSocket: true,
    keepSocket: false,
    followDriver: false,
    driverLostTimeoutMs: 0,
  })
})
