import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { parseProxy } from './proxy.ts'
import { createAuthority } from './testing/certificates.ts'
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from './testing/connect-proxy.ts'
import { transportCases } from './testing/transport-cases.ts'
import type { Transport } from './transport.ts'

const [authority, proxyAuthority] = await Promise.all([createAuthority('cluster'), createAuthority('proxies')])
const undo: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function proxyOf(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(options)
  undo.push(() => proxy.close())
  return proxy
}

async function text(transport: Transport): Promise<string> {
  const request = { method: 'GET', path: '/api', headers: {}, lane: 'pooled' } as const
  const { body } = await transport.request(request, { signal: new AbortController().signal })
  return (await readAll(body)).toString()
}

describe.each(transportCases)('through a proxy: $name', ({ start, create }) => {
  async function setup(config: Partial<ClusterConfig>): Promise<{ transport: Transport; server: string }> {
    const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
    const server = await start({ identity, handler: (request, response) => response.end(request.url) })
    undo.push(() => server.close())
    const transport = create({ server: server.url, ca: { data: authority.ca }, ...config })
    undo.push(() => transport.close())
    return { transport, server: server.url }
  }

  it('by http', async () => {
    const proxy = await proxyOf()
    const { transport, server } = await setup({ proxyUrl: `http://127.0.0.1:${proxy.port}` })
    for (let i = 0; i < 3; i += 1) expect(await text(transport)).toBe('/api')
    expect(proxy.requests).toEqual([`CONNECT ${new URL(server).host}`])
  })

  it('by https, signed by the same authority as the server', async () => {
    const identity = await authority.issue({ commonName: 'proxy', hosts: ['127.0.0.1'] })
    const proxy = await proxyOf({ identity })
    const { transport } = await setup({ proxyUrl: `https://127.0.0.1:${proxy.port}` })
    for (let i = 0; i < 3; i += 1) expect(await text(transport)).toBe('/api')
    expect(proxy.requests).toHaveLength(1)
  })

  it('that wants a user', async () => {
    const proxy = await proxyOf({ user: 'me:p@ss' })
    const { transport } = await setup({ proxyUrl: `http://me:p%40ss@127.0.0.1:${proxy.port}` })
    expect(await text(transport)).toBe('/api')
  })

  it.each<{ why: string; proxy: ConnectProxyOptions; says: string }>([
    {
      why: 'wants another user',
      proxy: { user: 'me:other' },
      says: 'proxy http://me:***@PROXY makes no connection to SERVER: it answers 407: check the user and password in its address',
    },
    {
      why: 'allows no such connection',
      proxy: { refuseWith: '403 Forbidden' },
      says: 'proxy http://me:***@PROXY makes no connection to SERVER: it answers 403: check what it allows',
    },
  ])('says when it $why, without the password', async ({ proxy, says }) => {
    const { port } = await proxyOf(proxy)
    const { transport, server } = await setup({ proxyUrl: `http://me:hush@127.0.0.1:${port}` })
    await expect(text(transport)).rejects.toMatchObject({
      failure: 'unreachable',
      maybeDelivered: false,
      message: says.replace('PROXY', `127.0.0.1:${port}`).replace('SERVER', server),
    })
  })

  it('says when it is not there', async () => {
    const proxy = await proxyOf()
    await proxy.close()
    const { transport, server } = await setup({ proxyUrl: `127.0.0.1:${proxy.port}` })
    await expect(text(transport)).rejects.toMatchObject({
      failure: 'unreachable',
      message: `cannot reach proxy http://127.0.0.1:${proxy.port} (to ${server}): connection refused: check that the proxy runs, and its address and port`,
    })
  })

  it('says when the certificate of the proxy is not to be trusted', async () => {
    const identity = await proxyAuthority.issue({ commonName: 'proxy', hosts: ['127.0.0.1'] })
    const proxy = await proxyOf({ identity })
    const { transport, server } = await setup({ proxyUrl: `https://127.0.0.1:${proxy.port}` })
    await expect(text(transport)).rejects.toMatchObject({
      failure: 'tls',
      message: `proxy https://127.0.0.1:${proxy.port} (to ${server}): the server's certificate is not signed by the configured CA (UNABLE_TO_VERIFY_LEAF_SIGNATURE): check the CA`,
    })
  })

  it('a server without TLS is asked by its whole URL', async () => {
    const plain = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    undo.push(() => new Promise<void>((resolve) => void plain.close(() => resolve())))
    const server = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`
    const proxy = await proxyOf({ user: 'me:word' })
    const { transport } = await setup({ server, ca: undefined, proxyUrl: `http://me:word@127.0.0.1:${proxy.port}` })
    expect(await text(transport)).toBe(`${new URL(server).host} /api`)
    expect(proxy.requests).toEqual([`GET ${server}/api`])
    transport.close()
  })

  it.each([
    {
      address: 'socks5://me:hush@p:1',
      says: 'proxy socks5://me:***@p:1: socks5 proxies are not supported: want http://host:port',
    },
    { address: 'http://me:hush@', says: 'proxy "http://***@" is not an address: want http://host:port' },
  ])('$address is refused at once', ({ address, says }) => {
    expect(() => create({ server: 'https://c', proxyUrl: address })).toThrow(new Error(says))
  })
})

describe('the address of a proxy', () => {
  it.each([
    { address: 'http://p:3128', host: 'p', port: 3128, shown: 'http://p:3128' },
    { address: 'p:3128', host: 'p', port: 3128, shown: 'http://p:3128' },
    { address: 'https://p', host: 'p', port: 443, shown: 'https://p' },
    { address: 'http://me@[fd00::1]', host: 'fd00::1', port: 80, shown: 'http://me@[fd00::1]' },
  ])('$address', ({ address, ...expected }) => {
    expect(parseProxy(address)).toMatchObject(expected)
  })
})
