import { getEventListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
import { ConnectionError } from './connection-error.ts'
import { type Authority, createAuthority } from './testing/certificates.ts'
import type { HttpsServer, HttpsServerOptions } from './testing/https-server.ts'
import { transportCases } from './testing/transport-cases.ts'
import type { Lane, Transport, TransportRequest } from './transport.ts'

let authority: Authority
const undo: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  authority = await createAuthority('test')
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

function get(path = '/', lane: Lane = 'pooled', more: Partial<TransportRequest> = {}): TransportRequest {
  return { method: 'GET', path, headers: {}, lane, ...more }
}

function never(): { signal: AbortSignal } {
  return { signal: new AbortController().signal }
}

async function text(transport: Transport, request: TransportRequest = get(), ctx = never()): Promise<string> {
  return (await readAll((await transport.request(request, ctx)).body)).toString()
}

async function failure(work: Promise<unknown>): Promise<ConnectionError> {
  return work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (error instanceof ConnectionError ? error : Promise.reject(error as Error)),
  )
}

function hexPort(url: string): string {
  return Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
}

describe.each(transportCases)('$name', ({ start, create }) => {
  async function setup(
    handler: HttpsServerOptions['handler'],
    path = '',
  ): Promise<{ server: HttpsServer; transport: Transport }> {
    const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
    const server = await start({ identity, handler })
    undo.push(() => server.close())
    const transport = create({ server: `${server.url}${path}`, ca: { data: authority.ca } }, { maxConnections: 4 })
    undo.push(() => transport.close())
    return { server, transport }
  }

  describe('connections', () => {
    it('serves 200 requests in a row over one', async () => {
      const { server, transport } = await setup((_request, response) => response.end('{}'))
      for (let i = 0; i < 200; i += 1) await text(transport)
      expect(server.connections()).toBe(1)
    })

    it('serves 100 requests at once', async () => {
      const { transport } = await setup((request, response) => response.end(request.url))
      const paths = Array.from({ length: 100 }, (_, i) => `/${i}`)
      expect(await Promise.all(paths.map((path) => text(transport, get(path))))).toEqual(paths)
    })

    it('keeps leases and watches apart from requests that hang', async () => {
      const held: (() => void)[] = []
      const { transport } = await setup((request, response) => {
        if (request.url === '/slow') held.push(() => response.end('done'))
        else response.end('ok')
      })
      const slow = Array.from({ length: 3 }, () => text(transport, get('/slow')))
      await expect.poll(() => held.length).toBe(3)
      expect(await text(transport, get('/lease', 'reserved'))).toBe('ok')
      expect(await text(transport, get('/watch', 'own'))).toBe('ok')
      for (const answer of held) answer()
      expect(await Promise.all(slow)).toEqual(['done', 'done', 'done'])
    })

    it('leaves no listener on a signal that outlives the requests', async () => {
      const { transport } = await setup((_request, response) => response.end('{}'))
      const ctx = never()
      for (let i = 0; i < 20; i += 1) await text(transport, get(), ctx)
      await expect.poll(() => getEventListeners(ctx.signal, 'abort')).toEqual([])
    })

    it('prefixes the path of the server address', async () => {
      const { transport } = await setup((request, response) => response.end(request.url), '/k8s/c1/')
      expect(await text(transport, get('/api?x=1'))).toBe('/k8s/c1/api?x=1')
    })
  })

  it('has the kernel ask every 30 s whether the peer is there', async () => {
    const { server, transport } = await setup((_request, response) => void response.write('one'))
    await transport.request(get('/', 'own'), never())
    const toServer = new RegExp(`^ *\\d+: \\S+ 0100007F:${hexPort(server.url)} 01 \\S+ 02:(\\w{8}) `, 'm')
    const [, hundredths = ''] = toServer.exec(await readFile('/proc/self/net/tcp', 'utf8')) ?? []
    expect(Number.parseInt(hundredths, 16) / 100).toBeGreaterThan(20)
    expect(Number.parseInt(hundredths, 16) / 100).toBeLessThanOrEqual(30.1)
  })

  describe('giving up', () => {
    it('rejects with the reason of the signal before, during and after the head of an answer', async () => {
      const { server, transport } = await setup((request, response) => {
        if (request.url === '/ok') response.end('ok')
        if (request.url === '/head') response.write('part')
      })
      const reason = new Error('enough')
      await expect(transport.request(get(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      expect(server.connections()).toBe(0)

      const connecting = new AbortController()
      const first = transport.request(get('/none'), { signal: connecting.signal })
      connecting.abort(reason)
      await expect(first).rejects.toBe(reason)

      expect(await text(transport, get('/ok'))).toBe('ok')
      const waiting = new AbortController()
      const second = transport.request(get('/none'), { signal: waiting.signal })
      setImmediate(() => waiting.abort(reason))
      await expect(second).rejects.toBe(reason)

      const reading = new AbortController()
      const { body } = await transport.request(get('/head'), { signal: reading.signal })
      const rest = readAll(body)
      reading.abort(reason)
      await expect(rest).rejects.toBe(reason)
      expect(await text(transport, get('/ok'))).toBe('ok')
    })

    it('tells the server when a body is left before its end', async () => {
      let left = 0
      const { transport } = await setup((_request, response) => {
        response.once('close', () => (left += 1))
        response.write('one')
      })
      const { body } = await transport.request(get('/', 'own'), never())
      for await (const chunk of body) {
        expect(Buffer.from(chunk).toString()).toBe('one')
        break
      }
      await expect.poll(() => left).toBe(1)
    })

    it('fails a request on which nothing arrives for the idle time, and tells the server', async () => {
      let left = 0
      const { server, transport } = await setup((_request, response) => {
        response.once('close', () => (left += 1))
        response.write('one')
      })
      const { body } = await transport.request(get('/', 'own', { idleTimeoutMs: 100 }), never())
      const error = await failure(readAll(body))
      expect(error).toMatchObject({
        failure: 'timeout',
        message: `${server.url} has sent nothing for 0.1 s: check the network`,
      })
      await expect.poll(() => left).toBe(1)
    })

    it('ends everything when it is closed', async () => {
      const { server, transport } = await setup((_request, response) => void response.write('one'))
      const { body } = await transport.request(get('/', 'own'), never())
      const rest = failure(readAll(body))
      transport.close()
      expect(await rest).toMatchObject({ failure: 'lost' })
      await expect.poll(() => server.open()).toBe(0)
      await expect(transport.request(get(), never())).rejects.toThrow('closed')
    })

    it('ends also what is waiting for a connection when it is closed', async () => {
      const { server, transport } = await setup((_request, response) => response.end('one'))
      const waiting = transport.request(get(), never()).catch((error: unknown) => error)
      await new Promise(setImmediate)
      transport.close()
      expect(await waiting).toBeInstanceOf(Error)
      await expect.poll(() => server.open()).toBe(0)
    })
  })

  describe('a connection that breaks', () => {
    it('may have delivered the request once the server had it', async () => {
      let cut = (): void => {}
      const { server, transport } = await setup(() => cut())
      cut = () => server.cutAll()
      const error = await failure(transport.request(get(), never()))
      expect(error).toMatchObject({ failure: 'lost', maybeDelivered: true })
      expect(error.message).toMatch(
        new RegExp(`^${server.url} closed the connection before the answer was complete \\([^\n]+\\)$`),
      )
    })

    it('is noticed inside a body', async () => {
      let cut = (): void => {}
      const { server, transport } = await setup((_request, response) => {
        response.writeHead(200)
        response.write('not all', () => cut())
      })
      cut = () => server.cutAll()
      const { body } = await transport.request(get(), never())
      expect(await failure(readAll(body))).toMatchObject({ failure: 'lost', maybeDelivered: true })
    })

    it('is replaced for the next request', async () => {
      const { server, transport } = await setup((_request, response) => response.end('ok'))
      await text(transport)
      server.cutAll()
      await expect.poll(() => server.open()).toBe(0)
      expect(await text(transport)).toBe('ok')
      expect(server.connections()).toBe(2)
    })
  })

  describe('answers', () => {
    it('passes on status and headers, whatever the status', async () => {
      const { transport } = await setup((_request, response) => {
        response.writeHead(429, { 'Retry-After': '1', 'Set-Cookie': ['a=1', 'b=2'] })
        response.end()
      })
      const { status, headers } = await transport.request(get(), never())
      expect({ status, retry: headers['retry-after'], cookies: headers['set-cookie'] }).toEqual({
        status: 429,
        retry: '1',
        cookies: 'a=1, b=2',
      })
    })

    it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
      'frames the body of a %s, so that the connection can be used again',
      async (method) => {
        const { server, transport } = await setup((request, response) => {
          const chunks: Buffer[] = []
          request.on('data', (chunk: Buffer) => chunks.push(chunk))
          request.on('end', () =>
            response.end(`${request.method} ${request.headers['content-length']} ${Buffer.concat(chunks).toString()}`),
          )
        })
        for (let i = 0; i < 3; i += 1) {
          expect(await text(transport, get('/', 'pooled', { method, body: '{"ä":1}' }))).toBe(`${method} 8 {"ä":1}`)
        }
        expect(server.connections()).toBe(1)
      },
    )

    it('brings bodies of any size both ways', async () => {
      const { transport } = await setup((request, response) => {
        let bytes = 0
        request.on('data', (chunk: Buffer) => (bytes += chunk.length))
        request.on('end', () => response.end('x'.repeat(bytes)))
      })
      const body = 'y'.repeat(12_000_000)
      expect(await text(transport, get('/', 'pooled', { method: 'POST', body }))).toHaveLength(body.length)
    })

    it('gives a whole body also when it is read late', async () => {
      let finished = 0
      const { transport } = await setup((_request, response) => {
        response.once('close', () => (finished += 1))
        response.writeHead(401).end('x'.repeat(50_000))
      })
      const { body } = await transport.request(get(), never())
      await expect.poll(() => finished).toBe(1)
      expect(await readAll(body)).toHaveLength(50_000)
      expect((await readAll((await transport.request(get(), never())).body)).length).toBe(50_000)
    })

    it('is not held up by a body that nobody reads', async () => {
      const { transport } = await setup((request, response) => {
        response.end(request.url === '/big' ? Buffer.alloc(20_000_000, 'x') : 'ok')
      })
      const big = await Promise.all([1, 2].map(() => transport.request(get('/big', 'own'), never())))
      for (let i = 0; i < 20; i += 1) expect(await text(transport)).toBe('ok')
      for (const { body } of big) expect(await readAll(body)).toHaveLength(20_000_000)
    })
  })
})
