import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMetrics } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpEndpoints, type HttpEndpoints, type HttpEndpointsOptions, serveMetrics } from './http-endpoints.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function setup(prepare: (endpoints: HttpEndpoints) => void, options: Partial<HttpEndpointsOptions> = {}) {
  const { log, lines } = createLogRecorder()
  const endpoints = createHttpEndpoints({ log, ...options })
  cleanups.push(() => endpoints.close())
  prepare(endpoints)
  const { address } = await endpoints.listen('127.0.0.1:0')
  return { endpoints, lines, address, url: `http://${address}` }
}

describe('handle', () => {
  it('answers GET and HEAD of its path, and tells others what is allowed', async () => {
    const { url } = await setup((endpoints) => endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' })))
    const got = await fetch(`${url}/healthz?verbose=1`)
    expect([got.status, await got.text(), got.headers.get('content-type')]).toEqual([
      200,
      'ok',
      'text/plain; charset=utf-8',
    ])
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' })
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '2'])
    const post = await fetch(`${url}/healthz`, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('answers any method where told to', async () => {
    const { url } = await setup((endpoints) =>
      endpoints.handle('/any', ({ method }) => ({ status: 200, body: method }), { methods: 'any' }),
    )
    const answers = await Promise.all(['GET', 'POST', 'DELETE'].map((method) => fetch(`${url}/any`, { method })))
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['GET', 'POST', 'DELETE'])
  })

  it('answers 404 elsewhere, and below a path only when it ends in a slash', async () => {
    const server = await setup((endpoints) => {
      endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' }))
      endpoints.handle('/debug/', ({ url }) => ({ status: 200, body: `short ${url.pathname}` }))
      endpoints.handle('/debug/deep/', ({ url }) => ({ status: 200, body: `long ${url.pathname}` }))
    })
    const answers = await Promise.all(
      ['/', '/healthz/x', '/healthz/', '/debug/x', '/debug/deep/x', '/debug'].map(async (path) =>
        (await fetch(server.url + path)).text(),
      ),
    )
    const notFound = '404 page not found\n'
    expect(answers).toEqual([notFound, notFound, notFound, 'short /debug/x', 'long /debug/deep/x', notFound])
  })

  it('refuses a path that is taken', async () => {
    const { endpoints } = await setup((all) => all.handle('/metrics', () => ({ status: 200, body: '' })))
    expect(() => endpoints.handle('/metrics', () => ({ status: 200, body: '' }))).toThrow(
      'path /metrics is handled already',
    )
    expect([endpoints.handles('/metrics'), endpoints.handles('/healthz')]).toEqual([true, false])
  })

  it('answers 500 without detail when the handler throws, and logs why', async () => {
    const { url, lines } = await setup((endpoints) =>
      endpoints.handle('/broken', () => Promise.reject(new Error('token=hunter2'))),
    )
    const answer = await fetch(`${url}/broken`)
    expect([answer.status, await answer.text()]).toEqual([500, 'internal server error\n'])
    expect(lines).toMatchObject([{ level: 'error', message: 'request failed', fields: { path: '/broken' } }])
  })

  it('fires the signal of a request whose client has gone', async () => {
    const aborted = Promise.withResolvers<unknown>()
    const entered = Promise.withResolvers<void>()
    const { url } = await setup((endpoints) =>
      endpoints.handle('/slow', async ({ signal }) => {
        entered.resolve()
        await once(signal, 'abort')
        aborted.resolve(signal.reason)
        return { status: 200, body: '' }
      }),
    )
    const client = new AbortController()
    const outcome = Promise.allSettled([fetch(`${url}/slow`, { signal: client.signal })])
    await entered.promise
    client.abort()
    await outcome
    expect(await aborted.promise).toMatchObject({ message: 'the client has gone' })
  })

  it('cuts a client that sends a long body', async () => {
    const { address } = await setup((endpoints) =>
      endpoints.handle('/any', () => new Promise(() => {}), { methods: 'any' }),
    )
    const sending = httpRequest(`http://${address}/any`, { method: 'POST' })
    const failed = once(sending, 'error').catch((error: unknown) => [error])
    sending.write(Buffer.alloc(100_000))
    expect(await failed).toMatchObject([{ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) }])
  })

  it('answers 400 to what is not HTTP, and keeps serving', async () => {
    const { url, address } = await setup((endpoints) =>
      endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' })),
    )
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    const [bytes] = await once(socket, 'data')
    expect(String(bytes)).toMatch(/^HTTP\/1.1 400 /)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })
})

describe('listen', () => {
  it.each(['127.0.0.1:0', '[::1]:0', 'localhost:0', ':0'])(
    'listens on %s and tells the address in use',
    async (where) => {
      const endpoints = createHttpEndpoints({ log: createLogRecorder().log })
      cleanups.push(() => endpoints.close())
      endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' }))
      const { address } = await endpoints.listen(where)
      const port = Number(/:(\d+)$/.exec(address)?.[1])
      expect(port).toBeGreaterThan(0)
      const host = where.startsWith('[') ? '[::1]' : '127.0.0.1'
      const hosts = where === ':0' ? ['127.0.0.1', '[::1]'] : where === 'localhost:0' ? ['localhost'] : [host]
      for (const each of hosts) expect((await fetch(`http://${each}:${port}/healthz`)).status).toBe(200)
    },
  )

  it('listens on a unix socket', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'endpoints-'))
    cleanups.push(() => rm(dir, { recursive: true }))
    const endpoints = createHttpEndpoints({ log: createLogRecorder().log })
    cleanups.push(() => endpoints.close())
    endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' }))
    const path = join(dir, 'health.sock')
    expect(await endpoints.listen(`unix://${path}`)).toEqual({ address: `unix://${path}` })
    const [response] = await once(httpRequest({ socketPath: path, path: '/healthz' }).end(), 'response')
    expect(response.statusCode).toBe(200)
    response.resume()
  })

  it('rejects when the port is taken, and when called twice', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    cleanups.push(() => new Promise((resolve) => blocker.close(resolve)))
    const { port } = blocker.address() as { port: number }
    const endpoints = createHttpEndpoints({ log: createLogRecorder().log })
    await expect(endpoints.listen(`127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(endpoints.listen('127.0.0.1:0')).rejects.toThrow('the server listens already')
  })
})

describe('close', () => {
  it('lets requests in progress finish and refuses new ones', async () => {
    const entered = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const { endpoints, url } = await setup((all) =>
      all.handle('/slow', async () => {
        entered.resolve()
        await release.promise
        return { status: 200, body: 'finished' }
      }),
    )
    const slow = fetch(`${url}/slow`)
    await entered.promise
    const closing = endpoints.close()
    await expect(fetch(`${url}/slow`)).rejects.toThrow('fetch failed')
    release.resolve()
    expect(await (await slow).text()).toBe('finished')
    await closing
    await endpoints.close()
  })

  it('cuts what is not done after the drain time', async () => {
    const entered = Promise.withResolvers<void>()
    const { endpoints, url } = await setup(
      (all) =>
        all.handle('/stuck', () => {
          entered.resolve()
          return new Promise(() => {})
        }),
      { drainMs: 20 },
    )
    const outcome = Promise.allSettled([fetch(`${url}/stuck`)])
    await entered.promise
    await endpoints.close()
    expect(await outcome).toMatchObject([{ status: 'rejected' }])
  })
})

describe('serveMetrics', () => {
  it('exposes the registry, compressed for who asks for that', async () => {
    const metrics = createMetrics()
    const counter = metrics.counter({ name: 'calls_total', help: 'C.', labelNames: ['x'] })
    for (let index = 0; index < 100; index++) counter.inc({ x: String(index) })
    const { url } = await setup((endpoints) => serveMetrics(endpoints, '/metrics', metrics))
    const plain = await fetch(`${url}/metrics`, { headers: { 'Accept-Encoding': 'identity' } })
    const packed = await fetch(`${url}/metrics`, { headers: { 'Accept-Encoding': 'gzip' } })
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'gzip'])
    const text = await plain.text()
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text).toContain('calls_total{x="99"} 1\n')
    expect(await packed.text()).toBe(text)
  })
})
