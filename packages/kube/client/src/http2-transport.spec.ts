import { constants, type Http2ServerRequest, type Http2ServerResponse, type Settings } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
import { createHttp2Transport, type Http2TransportOptions } from './http2-transport.ts'
import { type Authority, createAuthority } from './testing/certificates.ts'
import { startFreezingRelay } from './testing/freezing-relay.ts'
import { type Http2Server, startHttp2Server } from './testing/http2-server.ts'
import { startHttpsServer } from './testing/https-server.ts'
import type { Lane, Transport } from './transport.ts'

let authority: Authority
const undo: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  authority = await createAuthority('test')
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

interface Held {
  readonly path: string
  readonly stream: Http2ServerResponse['stream']
  readonly write: (part: string) => void
  readonly end: () => void
}

/** A server that answers nothing by itself but `/ok`. */
async function serve(
  settings: Settings = {},
  handler: (request: Http2ServerRequest, response: Http2ServerResponse) => boolean = () => false,
): Promise<{ server: Http2Server; held: Held[] }> {
  const held: Held[] = []
  const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
  const server = await startHttp2Server({
    identity,
    settings,
    handler(request, response) {
      if (handler(request, response)) return
      if (request.url === '/ok') response.end('ok')
      else
        held.push({
          path: request.url,
          stream: response.stream,
          write: (part) => void response.write(part),
          end: () => response.end('done'),
        })
    },
  })
  undo.push(() => server.close())
  return { server, held }
}

function open(port: number, options: Http2TransportOptions = {}): Transport {
  const transport = createHttp2Transport({ server: `https://127.0.0.1:${port}`, ca: { data: authority.ca } }, options)
  undo.push(() => transport.close())
  return transport
}

async function text(transport: Transport, path = '/ok', lane: Lane = 'pooled', method = 'GET'): Promise<string> {
  const { signal } = new AbortController()
  const { body } = await transport.request({ method, path, headers: {}, lane }, { signal })
  return (await readAll(body)).toString()
}

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => error)
}

describe('one connection', () => {
  it('is enough for 100 workers at a server that allows 100 requests, as the API server does', async () => {
    const { server } = await serve({ maxConcurrentStreams: 100 })
    const transport = open(server.port)
    const work = async (): Promise<void> => {
      for (let i = 0; i < 20; i += 1) expect(await text(transport)).toBe('ok')
    }
    await Promise.all(Array.from({ length: 100 }, work))
    expect(server.connections()).toBe(1)
  })

  it('keeps one place for leases', async () => {
    const { server, held } = await serve({ maxConcurrentStreams: 3 })
    const transport = open(server.port, { clock: new FakeClock() })
    const all = [1, 2, 3].map((n) => text(transport, `/${n}`))
    await expect.poll(() => held.map(({ path }) => path)).toEqual(['/1', '/2'])
    expect(await text(transport, '/ok', 'reserved')).toBe('ok')
    for (const { end } of held.splice(0)) end()
    await expect.poll(() => held.map(({ path }) => path)).toEqual(['/3'])
    held[0]?.end()
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done'])
    expect(server.connections()).toBe(1)
  })

  it('takes more requests when the server comes to allow more', async () => {
    const { server, held } = await serve({ maxConcurrentStreams: 2 })
    const transport = open(server.port, { clock: new FakeClock() })
    const all = [1, 2, 3].map((n) => text(transport, `/${n}`))
    await expect.poll(() => held.length).toBe(1)
    server.sessions()[0]?.settings({ maxConcurrentStreams: 10 })
    await expect.poll(() => held.length).toBe(3)
    for (const { end } of held) end()
    await Promise.all(all)
    expect(server.connections()).toBe(1)
  })

  it('is closed after a minute without requests, and made again', async () => {
    const { server } = await serve()
    const clock = new FakeClock()
    // Time that is made goes faster than the answers to pings.
    const transport = open(server.port, { clock, pingIntervalMs: Number.POSITIVE_INFINITY })
    await text(transport)
    await clock.advance(29_000)
    await text(transport)
    await clock.advance(59_000)
    expect(server.open()).toBe(1)
    await clock.advance(1_000)
    await expect.poll(() => server.open()).toBe(0)
    await expect.poll(() => clock.pendingTimers).toBe(0)
    expect(await text(transport)).toBe('ok')
    expect(server.connections()).toBe(2)
  })
})

describe('another connection', () => {
  it('is made at once for a watch that has no place', async () => {
    const { server, held } = await serve({ maxConcurrentStreams: 3 })
    const transport = open(server.port, { maxConnections: 1, clock: new FakeClock() })
    const watches = [1, 2, 3, 4, 5].map((n) => text(transport, `/${n}`, 'own'))
    await expect.poll(() => held.length).toBe(5)
    expect(server.connections()).toBe(3)
    for (const { end } of held) end()
    await Promise.all(watches)
  })

  it('is made for other requests when nothing ends for half a second, up to the limit', async () => {
    const { server, held } = await serve({ maxConcurrentStreams: 2 })
    const clock = new FakeClock()
    const transport = open(server.port, { maxConnections: 2, clock })
    const all = [1, 2, 3].map((n) => text(transport, `/${n}`))
    await expect.poll(() => held.length).toBe(1)
    await clock.advance(499)
    expect(server.connections()).toBe(1)
    await clock.advance(1)
    await expect.poll(() => held.length).toBe(2)
    await clock.advance(2_000)
    expect(server.connections()).toBe(2)
    for (const { end } of held.splice(0)) end()
    await expect.poll(() => held.length).toBe(1)
    held[0]?.end()
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done'])
  })

  it('that cannot be made lets other requests wait for their turn', async () => {
    const { server, held } = await serve({ maxConcurrentStreams: 2 })
    const relay = await startFreezingRelay(server.port)
    const clock = new FakeClock()
    const transport = open(relay.port, { clock })
    const all = [1, 2].map((n) => text(transport, `/${n}`))
    await expect.poll(() => held.length).toBe(1)
    relay.stopListening()
    const watch = failureOf(text(transport, '/3', 'own'))
    expect(await watch).toMatchObject({ failure: 'unreachable' })
    held.pop()?.end()
    await expect.poll(() => held.length).toBe(1)
    held.pop()?.end()
    expect(await Promise.all(all)).toEqual(['done', 'done'])
    await relay.close()
  })
})

describe('a server that goes away', () => {
  it('finishes what it has, and gets nothing new on that connection', async () => {
    const { server, held } = await serve()
    const transport = open(server.port)
    const watch = text(transport, '/watch', 'own')
    await expect.poll(() => held.length).toBe(1)
    server.sessions()[0]?.goaway(constants.NGHTTP2_NO_ERROR)
    await expect.poll(async () => [await text(transport), server.connections()]).toEqual(['ok', 2])
    held[0]?.end()
    expect(await watch).toBe('done')
    await expect.poll(() => server.open()).toBe(1)
  })

  it('has what it refuses sent again, whatever the verb', async () => {
    let refusals = 0
    const { server } = await serve({}, ({ stream, url }) => {
      if (url !== '/refuse' || refusals > 0) return false
      refusals += 1
      // The last request that it will answer is the one before.
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR, Number(stream.id) - 2)
      return true
    })
    const transport = open(server.port)
    await text(transport)
    const posts = text(transport, '/refuse', 'pooled', 'POST')
    await expect.poll(() => server.connections()).toBe(2)
    expect(refusals).toBe(1)
    transport.close()
    await failureOf(posts)
  })

  it('loses what it had when it goes in anger', async () => {
    const { server } = await serve({}, ({ stream }) => {
      stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
      return true
    })
    const lost = await failureOf(text(open(server.port)))
    expect(lost).toMatchObject({ failure: 'lost', maybeDelivered: true })
    expect(lost).toMatchObject({
      message: `${server.url} closed the connection before the answer was complete (Session closed with error code 11)`,
    })
  })

  it('may speak only HTTP/1.1 when it is back', async () => {
    const { server } = await serve()
    const transport = open(server.port)
    expect(await text(transport)).toBe('ok')
    await server.close()
    const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
    const handler = (_request: unknown, response: { end(text: string): void }): void => response.end('old')
    const old = await startHttpsServer({ identity, port: server.port, handler })
    undo.push(() => old.close())
    expect(await text(transport)).toBe('old')
    expect(await text(transport)).toBe('old')
    expect(old.connections()).toBe(1)
  })
})

describe('a refused request', () => {
  it('is sent again', async () => {
    let refusals = 0
    const { server } = await serve({}, ({ stream }) => {
      if (refusals >= 2) return false
      refusals += 1
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
      return true
    })
    expect(await text(open(server.port), '/ok', 'pooled', 'POST')).toBe('ok')
  })

  it('is an error when that goes on, and known not to have been carried out', async () => {
    let refusals = 0
    const { server } = await serve({}, ({ stream }) => {
      refusals += 1
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
      return true
    })
    expect(await failureOf(text(open(server.port)))).toMatchObject({ failure: 'lost', maybeDelivered: false })
    expect(refusals).toBe(5)
  })
})

describe('a dead peer', () => {
  it('is noticed by a ping, and every request on the connection fails', async () => {
    const { server, held } = await serve()
    const relay = await startFreezingRelay(server.port)
    undo.push(() => relay.close())
    const clock = new FakeClock()
    const transport = open(relay.port, { clock })
    const lost = ['/watch', '/get'].map((path) => failureOf(text(transport, path, 'own')))
    await expect.poll(() => held.length).toBe(2)
    relay.freeze()
    await clock.advance(44_999)
    expect(clock.pendingTimers).toBe(1)
    await clock.advance(1)
    const message = `https://127.0.0.1:${relay.port} has not answered a ping for 15 s: check the network`
    for (const failed of lost) {
      expect(await failed).toMatchObject({ failure: 'lost', maybeDelivered: true, message })
    }
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not one that answers pings', async () => {
    let pings = 0
    const { server, held } = await serve()
    const clock = new FakeClock()
    const transport = open(server.port, { clock })
    const watch = text(transport, '/watch', 'own')
    await expect.poll(() => held.length).toBe(1)
    server.sessions()[0]?.on('ping', () => (pings += 1))
    for (const expected of [1, 2, 3]) {
      await clock.advance(30_000)
      await expect.poll(() => pings).toBe(expected)
      // The next is due when this one was answered.
      await expect.poll(() => clock.pendingTimers).toBe(1)
      await text(transport)
    }
    held[0]?.end()
    expect(await watch).toBe('done')
    expect(server.connections()).toBe(1)
  })

  it('is not one whose answer stands behind other bytes', async () => {
    const { server, held } = await serve()
    const relay = await startFreezingRelay(server.port)
    undo.push(() => relay.close())
    const clock = new FakeClock()
    const { signal } = new AbortController()
    const request = { method: 'GET', path: '/watch', headers: {}, lane: 'own' } as const
    const watch = open(relay.port, { clock }).request(request, { signal })
    await expect.poll(() => held.length).toBe(1)
    held[0]?.write('head')
    const body = (await watch).body[Symbol.asyncIterator]()
    expect((await body.next()).value).toEqual(Buffer.from('head'))
    relay.hold()
    held[0]?.write('long')
    await expect.poll(() => relay.held()).toBe(1)
    await clock.advance(30_000) // the ping
    await expect.poll(() => relay.held()).toBe(2)
    relay.letOneThrough()
    expect((await body.next()).value).toEqual(Buffer.from('long'))
    await clock.advance(29_999)
    relay.release()
    held[0]?.end()
    expect((await body.next()).value).toEqual(Buffer.from('done'))
    expect((await body.next()).done).toBe(true)
  })

  it('may never have said anything', async () => {
    const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
    let secured = 0
    const server = createTlsServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
      secured += 1
      socket.resume()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    undo.push(() => new Promise<void>((resolve) => void server.close(() => resolve())))
    const { port } = server.address() as AddressInfo
    const clock = new FakeClock()
    const failed = failureOf(text(open(port, { clock })))
    await expect.poll(() => secured).toBe(1)
    await expect.poll(() => clock.pendingTimers).toBe(1)
    await clock.advance(15_000)
    expect(await failed).toMatchObject({
      failure: 'timeout',
      maybeDelivered: false,
      message: `https://127.0.0.1:${port} has agreed to HTTP/2 and said nothing for 15 s: check what stands in front of it`,
    })
  })
})
