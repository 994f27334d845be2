import { describe, expect, it } from 'vitest'
import { proxyFromEnvironment } from './proxy-from-environment.ts'

const both = { HTTPS_PROXY: 'http://tls:1', HTTP_PROXY: 'http://plain:1' }

describe('the proxy for a server', () => {
  it.each<{ server: string; env: Record<string, string>; proxy: string | undefined }>([
    { server: 'https://api:6443', env: both, proxy: 'http://tls:1' },
    { server: 'http://api:8080', env: both, proxy: 'http://plain:1' },
    { server: 'http://api:8080', env: { ...both, REQUEST_METHOD: 'GET' }, proxy: undefined },
    { server: 'https://api', env: { ALL_PROXY: 'http://p' }, proxy: undefined },
    { server: 'https://api', env: { https_proxy: 'p:1' }, proxy: 'p:1' },
    { server: 'https://api', env: { HTTPS_PROXY: 'upper', https_proxy: 'lower' }, proxy: 'upper' },
    { server: 'https://api', env: { HTTPS_PROXY: '', https_proxy: 'lower' }, proxy: 'lower' },
    { server: 'https://localhost:6443', env: both, proxy: undefined },
    { server: 'https://127.1.2.3:6443', env: both, proxy: undefined },
    { server: 'https://[::1]:6443', env: both, proxy: undefined },
  ])('$server, $env: $proxy', ({ server, env, proxy }) => {
    expect(proxyFromEnvironment(server, env)).toBe(proxy)
  })
})

describe('NO_PROXY', () => {
  it.each([
    { noProxy: '*', server: 'https://api', isExempt: true },
    { noProxy: 'x, *', server: 'https://api', isExempt: true },
    { noProxy: 'example.com', server: 'https://example.com', isExempt: true },
    { noProxy: 'Example.COM', server: 'https://api.EXAMPLE.com:6443', isExempt: true },
    { noProxy: 'example.com', server: 'https://notexample.com', isExempt: false },
    { noProxy: '.example.com', server: 'https://example.com', isExempt: false },
    { noProxy: '.example.com', server: 'https://api.example.com', isExempt: true },
    { noProxy: '*.example.com', server: 'https://api.example.com', isExempt: true },
    { noProxy: '*.example.com', server: 'https://example.com', isExempt: false },
    { noProxy: 'example.com:6443', server: 'https://example.com:6443', isExempt: true },
    { noProxy: 'example.com:6443', server: 'https://example.com', isExempt: false },
    { noProxy: 'example.com:443', server: 'https://example.com', isExempt: true },
    { noProxy: '10.0.0.0/8', server: 'https://10.96.0.1', isExempt: true },
    { noProxy: '10.0.0.0/8', server: 'https://11.0.0.1', isExempt: false },
    { noProxy: '10.0.0.0/8', server: 'https://host10', isExempt: false },
    { noProxy: '10.0.0.0/99', server: 'https://10.96.0.1', isExempt: false },
    { noProxy: '10.96.0.1', server: 'https://10.96.0.1:6443', isExempt: true },
    { noProxy: '10.96.0.1:443', server: 'https://10.96.0.1:6443', isExempt: false },
    { noProxy: 'fd00::/16', server: 'https://[fd00::1]', isExempt: true },
    { noProxy: 'fd00::1', server: 'https://[fd00:0::1]', isExempt: true },
    { noProxy: '[fd00::1]:6443', server: 'https://[fd00::1]:6443', isExempt: true },
    { noProxy: '[fd00::1]:6443', server: 'https://[fd00::1]', isExempt: false },
    { noProxy: ' , :80,,', server: 'https://api', isExempt: false },
  ])('$noProxy, $server: $isExempt', ({ noProxy, server, isExempt }) => {
    expect(proxyFromEnvironment(server, { ...both, NO_PROXY: noProxy })).toBe(isExempt ? undefined : 'http://tls:1')
    expect(proxyFromEnvironment(server, { ...both, no_proxy: noProxy })).toBe(isExempt ? undefined : 'http://tls:1')
  })
})
