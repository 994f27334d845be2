import type { ServerResponse } from 'node:http'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAll } from './answer.ts'
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

function get(path = '/', lane: Lane = 'pooled'): TransportRequest {
  return { method: 'GET', path, headers: {}, lane }
}

function never(): { signal: AbortSignal } {
  return { signal: new AbortController().signal }
}

async function text(transport: Transport, request: TransportRequest = get(), ctx = never()): Promise<string> {
  return (await readAll((await transport.request(request, ctx)).body)).toString()
}

describe('connections', () => {
  it('makes no more than it may for requests at once, and serves them all', async () => {
    const { server, transport } = await setup((request, response) => response.end(request.url), { maxConnections: 4 })
    const paths = Array.from({ length: 100 }, (_, i) => `/${i}`)
    expect(await Promise.all(paths.map((path) => text(transport, get(path))))).toEqual(paths)
    expect(server.connections()).toBe(3)
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

  it('closes the connection when a body is left before its end', async () => {
    const { server, transport } = await setup((_request, response) => void response.write('one'))
    const { body } = await transport.request(get('/', 'own'), never())
    for await (const chunk of body) {
      expect(Buffer.from(chunk).toString()).toBe('one')
      break
    }
    await expect.poll(() => server.open()).toBe(0)
  })
})
