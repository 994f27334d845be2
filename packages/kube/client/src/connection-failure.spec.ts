import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterConfig } from './cluster-config.ts'
import { createHttpTransport } from './http-transport.ts'
import { type Authority, createAuthority } from './testing/certificates.ts'
import { startHttpsServer } from './testing/https-server.ts'

let authority: Authority
const undo: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  authority = await createAuthority('test')
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function fail(config: ClusterConfig): Promise<unknown> {
  const transport = createHttpTransport(config)
  undo.push(() => transport.close())
  const { signal } = new AbortController()
  const request = { method: 'POST', path: '/api', headers: {}, lane: 'pooled', body: '{}' } as const
  return transport.request(request, { signal }).then(
    ({ status }) => ({ status }),
    (error: unknown) => error,
  )
}

async function httpsServer(o: { hosts?: string[]; notAfter?: Date; clientCa?: string } = {}): Promise<string> {
  const { hosts = ['127.0.0.1'], notAfter, clientCa } = o
  const identity = await authority.issue({
    commonName: 'server',
    hosts,
    ...(notAfter === undefined ? {} : { notAfter }),
  })
  const server = await startHttpsServer({ identity, clientCa, handler: (_request, response) => response.end('{}') })
  undo.push(() => server.close())
  return server.url
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return (server.address() as AddressInfo).port
}

describe('TLS', () => {
  it('works when everything fits', async () => {
    expect(await fail({ server: await httpsServer(), ca: { data: authority.ca } })).toEqual({ status: 200 })
  })

  it.each<{ why: string; server: Parameters<typeof httpsServer>[0]; config?: Partial<ClusterConfig>; says: RegExp }>([
    {
      why: 'another CA',
      server: {},
      config: { ca: undefined },
      says: /not signed by the configured CA \(\w+\): check the CA$/,
    },
    {
      why: 'an expired certificate',
      server: { notAfter: new Date(Date.now() - 1000) },
      says: /has expired: renew it, or check this machine's clock$/,
    },
    {
      why: 'another name',
      server: { hosts: ['10.0.0.1'] },
      says: /is for other names: .*10\.0\.0\.1.*: check the server address$/,
    },
  ])('refuses $why in one line', async ({ server, config, says }) => {
    const url = await httpsServer(server)
    const error = await fail({ server: url, ca: { data: authority.ca }, ...config })
    expect(error).toMatchObject({ failure: 'tls', maybeDelivered: false, message: expect.stringMatching(says) })
    expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`^${url}: [^\n]+$`)) })
  })

  it('accepts any certificate when told to, and another name when told which', async () => {
    const server = await httpsServer({ hosts: ['api.test'] })
    expect(await fail({ server, insecureSkipTlsVerify: true })).toEqual({ status: 200 })
    expect(await fail({ server, ca: { data: authority.ca }, tlsServerName: 'api.test' })).toEqual({ status: 200 })
  })

  it('says that the server refused our certificate', async () => {
    const server = await httpsServer({ clientCa: authority.ca })
    const ca = { data: authority.ca }
    const mine = await authority.issue({ commonName: 'me' })
    expect(await fail({ server, ca, clientCert: { data: mine.cert }, clientKey: { data: mine.key } })).toEqual({
      status: 200,
    })
    const says = { failure: 'tls', message: expect.stringContaining('the server refused our client certificate') }
    expect(await fail({ server, ca })).toMatchObject(says)
  })

  it.each([
    {
      why: 'a CA that is no certificate',
      config: { ca: { data: 'hello' } },
      says: 'the CA certificate cannot be used',
    },
    {
      why: 'a broken CA',
      config: { ca: { data: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' } },
      says: 'the CA certificate cannot be used',
    },
    {
      why: 'a client certificate without its key',
      config: { clientCert: { data: 'hello' } },
      says: 'the client certificate or key cannot be used',
    },
    {
      why: 'a missing token file',
      config: { token: { file: '/does/not/exist' } },
      says: 'cannot read the token file /does/not/exist: it does not exist',
    },
    {
      why: 'a token with a line break inside',
      config: { token: { data: 'hush\nhush' } },
      says: 'the token holds spaces or control characters',
    },
  ])('refuses $why before it connects', async ({ config, says }) => {
    const error = await fail({ server: await httpsServer(), ...config })
    expect(error).toMatchObject({
      failure: 'credentials',
      maybeDelivered: false,
      message: expect.stringContaining(says),
    })
    expect(String(error)).not.toContain('hush')
  })
})

describe('what answers is no API server', () => {
  it('says when nobody listens', async () => {
    const closed = createServer()
    const port = await listen(closed)
    await new Promise((resolve) => closed.close(resolve))
    const server = `https://127.0.0.1:${port}`
    expect(await fail({ server })).toMatchObject({
      failure: 'unreachable',
      maybeDelivered: false,
      message: `cannot reach ${server}: connection refused: check that the API server runs, and its address and port`,
    })
  })

  it('says when the name has no address', async () => {
    expect(await fail({ server: 'https://no-such-host.invalid:6443' })).toMatchObject({
      failure: 'unreachable',
      message: expect.stringMatching(
        /^cannot reach https:\/\/no-such-host\.invalid:6443: no address for that host name \(\w+\): check the name and DNS$/,
      ),
    })
  })

  it('says when the port speaks plain HTTP', async () => {
    const port = await listen(createHttpServer())
    expect(await fail({ server: `https://127.0.0.1:${port}` })).toMatchObject({
      failure: 'tls',
      message: expect.stringContaining('check that the port speaks https'),
    })
  })

  it('says when it hangs up during the handshake', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
    expect(await fail({ server: `https://127.0.0.1:${port}` })).toMatchObject({
      failure: 'lost',
      maybeDelivered: false,
      message: expect.stringContaining('closed the connection before it was set up'),
    })
  })

  it('says when it does not speak HTTP', async () => {
    const port = await listen(createServer((socket) => socket.end('220 mail.example.com ESMTP\r\n').resume()))
    expect(await fail({ server: `http://127.0.0.1:${port}` })).toMatchObject({
      failure: 'protocol',
      message: expect.stringContaining('does not speak HTTP'),
    })
  })
})

describe('a configuration that can never work', () => {
  it.each(['api.example.com', 'ftp://x', 'https://user:word@x'])('refuses the address %s', (server) => {
    expect(() => createHttpTransport({ server })).toThrow('is not the address of an API server: want https://host:port')
  })
})
