import { parseFlags } from '@csi-ts/process'
import { expect, it } from 'vitest'
import { flags } from './flags.ts'

it('has the names and defaults of upstream', () => {
  const names = Object.values(flags)
    .filter(({ group }) => group === undefined)
    .map(({ name, default: value }) => [name, value])
  expect(Object.fromEntries(names)).toEqual({
    'csi-address': '/run/csi/socket',
    'probe-timeout': 3_000,
    'health-port': '9808',
    'http-endpoint': '',
    'metrics-address': '',
    'metrics-path': '/metrics',
  })
})

it('leaves what upstream lacks off', () => {
  expect(parseFlags(flags, []).values).toMatchObject({ connectTimeoutMs: 0, attempts: 1, cacheMs: 0, once: false })
})
