import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { createAuthority } from './testing/certificates.ts'
import { clientNameOf, type HttpsServer, type HttpsServerOptions } from './testing/https-server.ts'
import { transportCases } from './testing/transport-cases.ts'
import type { Transport } from './transport.ts'

let directory: string
const undo: (() => void | Promise<void>)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-client-'))
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
  await rm(directory, { recursive: true })
})

/** As kubelet and certificate managers do it: never a half-written file. */
async function put(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  return path
}

async function answer(transport: Transport, method = 'GET'): Promise<string> {
  const request = { method, path: '/', headers: {}, lane: 'pooled' } as const
  const { status, body } = await transport.request(request, { signal: new AbortController().signal })
  return `${status} ${(await readAll(body)).toString()}`
}

describe.each(transportCases)('$name', ({ start, create }) => {
  function open(
    config: ClusterConfig,
    clock: FakeClock,
  ): { transport: Transport; lines: readonly { message: string }[] } {
    const { log, lines } = createLogRecorder()
    const transport = create(config, { clock, log })
    undo.push(() => transport.close())
    return { transport, lines }
  }

  async function serve(o: HttpsServerOptions): Promise<HttpsServer> {
    const server = await start(o)
    undo.push(() => server.close())
    return server
  }

  describe('a token file', () => {
    async function setup() {
      const authority = await createAuthority('test')
      const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
      const accepted = { token: 'Bearer one' }
      let refused = 0
      const server = await serve({
        identity,
        handler(request, response) {
          const isFine = request.headers.authorization === accepted.token
          if (!isFine) refused += 1
          response.writeHead(isFine ? 200 : 401).end(request.headers.authorization)
        },
      })
      const clock = new FakeClock()
      const token = await put('token', 'one\n')
      const config = { server: server.url, ca: { data: authority.ca }, token: { file: token } }
      return { ...open(config, clock), clock, token, accepted, refusals: () => refused }
    }

    it('is read again when it has changed', async () => {
      const { transport, clock, accepted, refusals } = await setup()
      expect(await answer(transport)).toBe('200 Bearer one')
      await put('token', 'two')
      accepted.token = 'Bearer two'
      await clock.advance(1_000)
      expect(await answer(transport)).toBe('200 Bearer two')
      expect(refusals()).toBe(0)
    })

    it('is read again after a minute, also when its times do not show a change', async () => {
      const { transport, clock, token, accepted, refusals } = await setup()
      await utimes(token, 1, 1)
      await answer(transport)
      await writeFile(token, 'two\n')
      await utimes(token, 1, 1)
      await clock.advance(59_000)
      expect(await answer(transport)).toBe('200 Bearer one')
      accepted.token = 'Bearer two'
      await clock.advance(1_000)
      expect(await answer(transport)).toBe('200 Bearer two')
      expect(refusals()).toBe(0)
    })

    it('is read again after a 401, and the request sent once more', async () => {
      const { transport, accepted, refusals } = await setup()
      await answer(transport)
      await put('token', 'two')
      accepted.token = 'Bearer two'
      expect(await answer(transport, 'POST')).toBe('200 Bearer two')
      expect(refusals()).toBe(1)
    })

    it('leaves a 401 as it is when reading again brings nothing new', async () => {
      const { transport, accepted, refusals } = await setup()
      accepted.token = 'Bearer other'
      expect(await answer(transport)).toBe('401 Bearer one')
      expect(refusals()).toBe(1)
    })

    it('that vanishes is replaced by what was read last, said once, until it is back', async () => {
      const { transport, lines, clock, token, accepted } = await setup()
      await answer(transport)
      await rm(token)
      for (let i = 0; i < 3; i += 1) {
        await clock.advance(30_000)
        expect(await answer(transport)).toBe('200 Bearer one')
      }
      await put('token', 'two')
      accepted.token = 'Bearer two'
      await clock.advance(1_000)
      expect(await answer(transport)).toBe('200 Bearer two')
      expect(lines.map(({ message }) => message).filter((message) => /credential/.test(message))).toEqual([
        'credential file cannot be read, going on with what was read last',
        'credential file can be read again',
      ])
    })
  })

  describe('certificate files', () => {
    it('are followed: client certificate and key', async () => {
      const authority = await createAuthority('test')
      const server = await serve({
        identity: await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] }),
        clientCa: authority.ca,
        handler: (request, response) => response.end(clientNameOf(request.socket)),
      })
      const write = async (
        commonName: string,
      ): Promise<{ clientCert: { file: string }; clientKey: { file: string } }> => {
        const { cert, key } = await authority.issue({ commonName })
        return { clientCert: { file: await put('tls.crt', cert) }, clientKey: { file: await put('tls.key', key) } }
      }
      const clock = new FakeClock()
      const { transport } = open({ server: server.url, ca: { data: authority.ca }, ...(await write('first')) }, clock)
      expect(await answer(transport)).toBe('200 first')
      await write('second')
      await clock.advance(1_000)
      expect(await answer(transport)).toBe('200 second')
      expect(await answer(transport)).toBe('200 second')
      expect(server.connections()).toBe(2)
      await expect.poll(() => server.open()).toBe(1) // the first one's is gone
    })

    it('are followed: a new CA while a request of the old one is in flight', async () => {
      const before = await createAuthority('before')
      const after = await createAuthority('after')
      const ca = await put('ca.crt', before.ca)
      let finish = (): void => {}
      const first = await serve({
        identity: await before.issue({ commonName: 'server', hosts: ['127.0.0.1'] }),
        handler: (_request, response) => {
          response.write('a')
          finish = () => response.end('b')
        },
      })
      const clock = new FakeClock()
      const { transport } = open({ server: first.url, ca: { file: ca } }, clock)
      const inFlight = await transport.request(
        { method: 'GET', path: '/', headers: {}, lane: 'own' },
        { signal: new AbortController().signal },
      )
      await put('ca.crt', after.ca)
      await clock.advance(1_000)
      await expect(answer(transport)).rejects.toMatchObject({ failure: 'tls' })
      finish()
      expect((await readAll(inFlight.body)).toString()).toBe('ab')
      await first.close()

      const identity = await after.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
      await serve({ identity, port: first.port, handler: (_request, response) => response.end('new') })
      expect(await answer(transport)).toBe('200 new')
    })
  })

  describe('a credential plugin', () => {
    it('is asked for every request, and for new ones after a 401', async () => {
      const authority = await createAuthority('test')
      const server = await serve({
        identity: await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] }),
        handler: (request, response) => {
          response
            .writeHead(request.headers.authorization === 'Bearer fresh' ? 200 : 401)
            .end(request.headers['x-remote'])
        },
      })
      const asked: boolean[] = []
      const { transport } = open(
        {
          server: server.url,
          ca: { data: authority.ca },
          async credentials({ refresh }) {
            asked.push(refresh)
            return { token: asked.includes(true) ? 'fresh' : 'stale' }
          },
        },
        new FakeClock(),
      )
      expect(await answer(transport)).toBe('200 ')
      expect(await answer(transport)).toBe('200 ')
      expect(asked).toEqual([false, true, false])
    })

    it('that fails is named with the server', async () => {
      const { transport } = open(
        { server: 'https://127.0.0.1:1', credentials: () => Promise.reject(new Error('login expired')) },
        new FakeClock(),
      )
      await expect(answer(transport)).rejects.toMatchObject({
        failure: 'credentials',
        message: 'no credentials for https://127.0.0.1:1: login expired',
      })
    })
  })
})
