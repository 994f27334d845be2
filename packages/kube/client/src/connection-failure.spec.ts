import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterConfig } from './cluster-config.ts'
import type { ConnectionError } from './connection-error.ts'
import { createAuthority } from './testing/certificates.ts'
import { transportCases } from './testing/transport-cases.ts'

// Rows of tables are made before hooks run.
const [authority, other] = await Promise.all([createAuthority('test'), createAuthority('other')])
const undo: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return (server.address() as AddressInfo).port
}

describe.each(transportCases)('$name', ({ start, create }) => {
  async function fail(config: ClusterConfig): Promise<unknown> {
    const transport = create(config)
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
    const server = await start({ identity, clientCa, handler: (_request, response) => response.end('{}') })
    undo.push(() => server.close())
    return server.url
  }

  describe('TLS', () => {
    it('works when everything fits', async () => {
      expect(await fail({ server: await httpsServer(), ca: { data: authority.ca } })).toEqual({ status: 200 })
    })

    it.each<{ why: string; server: Parameters<typeof httpsServer>[0]; config?: Partial<ClusterConfig>; says: string }>([
      {
        why: 'a CA that does not match',
        server: {},
        config: { ca: { data: other.ca } },
        says: "the server's certificate is not signed by the configured CA (UNABLE_TO_VERIFY_LEAF_SIGNATURE): check the CA",
      },
      {
        why: 'no CA at all',
        server: {},
        config: { ca: undefined },
        says: "the server's certificate is not signed by the configured CA (UNABLE_TO_VERIFY_LEAF_SIGNATURE): check the CA",
      },
      {
        why: 'an expired certificate',
        server: { notAfter: new Date(Date.now() - 1000) },
        says: "the server's certificate (or its CA's) has expired: renew it, or check this machine's clock",
      },
      {
        why: 'another name',
        server: { hosts: ['10.0.0.1'] },
        says: "the server's certificate is for other names: Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: 10.0.0.1: check the server address",
      },
    ])('refuses $why in one line', async ({ server, config, says }) => {
      const url = await httpsServer(server)
      const error = await fail({ server: url, ca: { data: authority.ca }, ...config })
      expect(error).toMatchObject({ failure: 'tls', maybeDelivered: false, message: `${url}: ${says}` })
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
      expect(await fail({ server, ca })).toMatchObject({
        failure: 'tls',
        maybeDelivered: false,
        message: `${server}: the server refused our client certificate (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED): check certificate and key`,
      })
    })

    it('says that our certificate has expired, where the server only says 401', async () => {
      const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
      const server = await start({ identity, handler: (_request, response) => response.writeHead(401).end('{}') })
      undo.push(() => server.close())
      const notAfter = new Date('2026-01-02T03:04:05.000Z')
      const { cert, key } = await authority.issue({ commonName: 'me', notAfter })
      const config = {
        server: server.url,
        ca: { data: authority.ca },
        clientCert: { data: cert },
        clientKey: { data: key },
      }
      expect(await fail(config)).toMatchObject({
        failure: 'credentials',
        message: `${server.url} answers 401: the client certificate has expired on 2026-01-02T03:04:05.000Z: renew it`,
      })
      expect(await fail({ ...config, token: { data: 'bad' }, clientCert: undefined, clientKey: undefined })).toEqual({
        status: 401,
      })
    })

    it.each([
      {
        why: 'a CA that is no certificate',
        config: { ca: { data: 'hello' } },
        says: /^SERVER: the CA certificate cannot be used: there is no PEM certificate in it$/,
      },
      {
        why: 'a broken CA',
        config: { ca: { data: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' } },
        says: /^SERVER: the CA certificate cannot be used: [^\n]*asn1[^\n]*$/,
      },
      {
        why: 'a client certificate without its key',
        config: { clientCert: { data: 'hello' } },
        says: /^SERVER: the client certificate or key cannot be used: [^\n]*no start line$/,
      },
      {
        why: 'a missing token file',
        config: { token: { file: '/does/not/exist' } },
        says: /^no credentials for SERVER: cannot read the token file \/does\/not\/exist: it does not exist$/,
      },
      {
        why: 'a token with a line break inside',
        config: { token: { data: 'hush\nhush' } },
        says: /^no credentials for SERVER: the token holds spaces or control characters$/,
      },
    ])('refuses $why before it connects', async ({ config, says }) => {
      const server = await httpsServer()
      const error = (await fail({ server, ...config })) as ConnectionError
      expect(error).toMatchObject({ failure: 'credentials', maybeDelivered: false })
      expect(error.message.replace(server, 'SERVER')).toMatch(says)
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
      const server = `https://127.0.0.1:${await listen(createHttpServer())}`
      expect(await fail({ server })).toMatchObject({
        failure: 'tls',
        message: expect.stringMatching(
          new RegExp(
            `^${server}: no TLS with what answers there \\(ERR_SSL_\\w+\\): check that the port speaks https$`,
          ),
        ),
      })
    })

    it('says when it hangs up during the handshake', async () => {
      const port = await listen(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
      const server = `https://127.0.0.1:${port}`
      expect(await fail({ server })).toMatchObject({
        failure: 'lost',
        maybeDelivered: false,
        message: `${server} closed the connection before it was set up (ECONNRESET): check that it speaks https`,
      })
    })

    it('says when it does not speak HTTP', async () => {
      const port = await listen(createServer((socket) => socket.end('220 mail.example.com ESMTP\r\n').resume()))
      const server = `http://127.0.0.1:${port}`
      expect(await fail({ server })).toMatchObject({
        failure: 'protocol',
        message: `${server}: what answers there does not speak HTTP (HPE_INVALID_CONSTANT): check the port`,
      })
    })
  })

  describe('a configuration that can never work', () => {
    it.each(['api.example.com', 'ftp://x', 'https://user:word@x'])('refuses the address %s', (server) => {
      expect(() => create({ server })).toThrow(
        `"${server}" is not the address of an API server: want https://host:port`,
      )
    })
  })
})
