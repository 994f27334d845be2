import { describe, expect, it } from 'vitest'
import { parseEndpoint, parseServerEndpoint } from './endpoint.ts'

describe('parseServerEndpoint', () => {
  it.each([
    ['unix:///run/csi/csi.sock', '/run/csi/csi.sock'],
    ['unix:/run/csi/csi.sock', '/run/csi/csi.sock'],
    ['/run/csi/csi.sock', '/run/csi/csi.sock'],
    ['unix://tmp/csi.sock', 'tmp/csi.sock'],
    ['unix:csi.sock', 'csi.sock'],
    ['tmp/csi.sock', 'tmp/csi.sock'],
    ['unix:///a b/ü?#%2F.sock', '/a b/ü?#%2F.sock'],
  ])('%s is the path %s', (endpoint, path) => {
    expect(parseServerEndpoint(endpoint)).toBe(path)
  })

  it.each([
    [
      'tcp://0.0.0.0:10000',
      'invalid endpoint "tcp://0.0.0.0:10000": CSI is served on UNIX sockets only, want unix:///path/to.sock',
    ],
    [
      'localhost:10000',
      'invalid endpoint "localhost:10000": CSI is served on UNIX sockets only, want unix:///path/to.sock',
    ],
    ['', 'invalid endpoint "": it names no socket'],
    ['unix://', 'invalid endpoint "unix://": it names no socket'],
    ['unix:///run/csi/', 'invalid endpoint "unix:///run/csi/": it names no socket'],
    ['/a\0b', 'invalid endpoint "/a\\u0000b": it contains a NUL character'],
  ])('refuses %j in one line', (endpoint, message) => {
    expect(() => parseServerEndpoint(endpoint)).toThrow(new Error(message))
  })

  it('counts bytes: a socket path may have 107', () => {
    expect(parseServerEndpoint(`/${'x'.repeat(106)}`)).toHaveLength(107)
    expect(() => parseServerEndpoint(`/${'ü'.repeat(54)}`)).toThrow('the path has 109 bytes, a UNIX socket at most 107')
  })
})

describe('parseEndpoint', () => {
  it('knows sockets and network targets apart', () => {
    expect(parseEndpoint('/run/csi.sock')).toEqual({ kind: 'unix', path: '/run/csi.sock' })
    expect(parseEndpoint('csi.example.com:10000')).toEqual({ kind: 'network', target: 'csi.example.com:10000' })
    expect(parseEndpoint('[::1]:10000')).toEqual({ kind: 'network', target: '[::1]:10000' })
    expect(parseEndpoint('dns:///csi:10000')).toEqual({ kind: 'network', target: 'dns:///csi:10000' })
  })

  it('refuses tcp://, which is not how gRPC writes a target', () => {
    expect(() => parseEndpoint('tcp://1.2.3.4:5')).toThrow(
      'invalid endpoint "tcp://1.2.3.4:5": want unix:///path/to.sock or /path/to.sock',
    )
  })
})
