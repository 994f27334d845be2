import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
import { ConnectionError } from './connection-error.ts'
import { createHttpTransport, type HttpTransportOptions } from './http-transport.ts'
import { type Authority, createAuthority } from './testing/certificates.ts'
import { type HttpsServer, startHttpsServer } from './testing/https-server.ts'
import type { Lane, Transport, TransportRequest } from './transport.ts'

let authority: Authority
const undo: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  authority = await createAuthority('test')
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function setup(
  handler: Parameters<typeof startHttpsServer>[0]['handler'],
  options: HttpTransportOptions = {},
): Promise<{ server: HttpsServer; transport: Transport }> {
  const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
  const server = await startHttpsServer({ identity, handler })
  undo.push(() => server.close())
  const transport = createHttpTransport({ server: server.url, ca: { data: authority.ca } }, options)
  undo.push(() => transport.close())
  return { server, transport }
}

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

describe('connections', () => {
  it('serves 200 requests in a row over one', async () => {
    const { server, transport } = await setup((_request, response) => response.end('{}'))
    for (let i = 0; i < 200; i += 1) await text(transport)
    expect(server.connections()).toBe(1)
  })

  it('makes no more than it may for requests at once, and serves them all', async () => {
    const { server, transport } = await setup((request, response) => response.end(request.url), { maxConnections: 4 })
    const paths = Array.from({ length: 100 }, (_, i) => `/${i}`)
    expect(await Promise.all(paths.map((path) => text(transport, get(path))))).toEqual(paths)
    expect(server.connections()).toBe(3)
    await text(transport, get('/', 'reserved'))
    expect(server.connections()).toBe(4)
  })

  it('keeps leases and watches apart from slow requests', async () => {
    const held: ServerResponse[] = []
    const { transport } = await setup(
      (request, response) => {
        if (request.url === '/slow') held.push(response)
        else response.end('ok')
      },
      { maxConnections: 2 },
    )
    const slow = [text(transport, get('/slow')), text(transport, get('/slow'))]
    expect(await text(transport, get('/lease', 'reserved'))).toBe('ok')
    expect(await text(transport, get('/watch', 'own'))).toBe('ok')
    expect(held).toHaveLength(1)
    held[0]?.end('done')
    expect(await slow[0]).toBe('done')
    await expect.poll(() => held.length).toBe(2)
    held[1]?.end('done')
    expect(await slow[1]).toBe('done')
  })

  it('leaves no listener on a signal that outlives the requests', async () => {
    const { transport } = await setup((_request, response) => response.end('{}'))
    const ctx = never()
    for (let i = 0; i < 20; i += 1) await text(transport, get(), ctx)
    expect(getEventListeners(ctx.signal, 'abort')).toEqual([])
  })

  it('prefixes the path of the server address', async () => {
    const { server } = await setup((request, response) => response.end(request.url))
    const transport = createHttpTransport({ server: `${server.url}/k8s/c1/`, ca: { data: authority.ca } })
    undo.push(() => transport.close())
    expect(await text(transport, get('/api?x=1'))).toBe('/k8s/c1/api?x=1')
  })
})

describe('giving up', () => {
  it('rejects with the reason of the signal before, during and after the head of an answer', async () => {
    const { server, transport } = await setup(
      (request, response) => {
        if (request.url !== '/head') return
        response.write('part')
      },
      { maxConnections: 2 },
    )
    const reason = new Error('enough')
    await expect(transport.request(get(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(server.connections()).toBe(0)

    const waiting = new AbortController()
    const queued = new AbortController()
    const first = transport.request(get('/none'), { signal: waiting.signal })
    const second = transport.request(get('/none'), { signal: queued.signal })
    queued.abort(reason)
    await expect(second).rejects.toBe(reason)
    waiting.abort(reason)
    await expect(first).rejects.toBe(reason)

    const reading = new AbortController()
    const { body } = await transport.request(get('/head'), { signal: reading.signal })
    const rest = readAll(body)
    reading.abort(reason)
    await expect(rest).rejects.toBe(reason)
    await expect.poll(() => server.open()).toBe(0)
  })

  it('closes the connection when a body is left before its end', async () => {
    const { server, transport } = await setup((_request, response) => void response.write('one'))
    const { body } = await transport.request(get('/', 'own'), never())
    for await (const chunk of body) {
      expect(Buffer.from(chunk).toString()).toBe('one')
      break
    }
    await expect.poll(() => server.open()).toBe(0)
  })

  it('fails a request on which nothing arrives for the idle time', async () => {
    const { server, transport } = await setup((_request, response) => void response.write('one'))
    const { body } = await transport.request(get('/', 'own', { idleTimeoutMs: 100 }), never())
    const error = await failure(readAll(body))
    expect(error).toMatchObject({
      failure: 'timeout',
      message: `${server.url} has sent nothing for 0.1 s: check the network`,
    })
    await expect.poll(() => server.open()).toBe(0)
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
})

describe('a connection that breaks', () => {
  it('may have delivered the request once the server had it', async () => {
    const { transport } = await setup((request) => request.socket.destroy())
    const error = await failure(transport.request(get(), never()))
    expect(error).toMatchObject({ failure: 'lost', maybeDelivered: true })
  })

  it('is noticed inside a body', async () => {
    const { transport } = await setup((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('not all', () => response.socket?.destroy())
    })
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
})
