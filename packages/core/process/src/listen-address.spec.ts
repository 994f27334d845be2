import { describe, expect, it } from 'vitest'
import { parseListenAddress } from './listen-address.ts'

describe('parseListenAddress', () => {
  it.each([
    { address: ':9808', parsed: { kind: 'tcp', port: 9808 } },
    { address: '0.0.0.0:9808', parsed: { kind: 'tcp', host: '0.0.0.0', port: 9808 } },
    { address: '[::]:0', parsed: { kind: 'tcp', host: '::', port: 0 } },
    { address: '[fe80::1%eth0]:80', parsed: { kind: 'tcp', host: 'fe80::1%eth0', port: 80 } },
    { address: 'localhost:http', parsed: { kind: 'tcp', host: 'localhost', port: 80 } },
    { address: ':https', parsed: { kind: 'tcp', port: 443 } },
    { address: 'localhost:', parsed: { kind: 'tcp', host: 'localhost', port: 0 } },
    { address: 'unix:///run/health.sock', parsed: { kind: 'unix', path: '/run/health.sock' } },
    { address: 'unix:/run/health.sock', parsed: { kind: 'unix', path: '/run/health.sock' } },
  ])('reads $address', ({ address, parsed }) => {
    expect(parseListenAddress(address)).toEqual(parsed)
  })

  it.each([
    '',
    '9808',
    'localhost',
    '::1:80',
    '[::1]',
    ':65536',
    ':-1',
    ':1e3',
    ':no-such-service',
    ':.*',
    'http://x:80',
  ])('refuses %j, naming it and what is allowed', (address) => {
    expect(() => parseListenAddress(address)).toThrow(`invalid address ${JSON.stringify(address)}: `)
    expect(() => parseListenAddress(address)).toThrow('allowed: ')
  })
})
