import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { KeyPair } from './certificates.ts'

/** A proxy that makes tunnels and passes plain requests on. */
export interface ConnectProxy {
  readonly port: number
  /** `CONNECT host:port` and `GET http://…` as they came, with the credentials. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** What a proxy is. */
export interface ConnectProxyOptions {
  /** Speaks https. Absent: http. */
  readonly identity?: KeyPair | undefined
  /** `user:password` that it wants. */
  readonly user?: string | undefined
  /** Answers this to every CONNECT instead of a tunnel. */
  readonly refuseWith?: string | undefined
}

/** Starts a proxy on a free loopback port. */
export async function startConnectProxy({
  identity,
  user,
  refuseWith,
}: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const requests: string[] = []
  const sockets = new Set<Duplex>()
  const server = identity === undefined ? createHttpServer() : createHttpsServer(identity)
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    user === undefined || headers['proxy-authorization'] === `Basic ${Buffer.from(user).toString('base64')}`
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  server.on('request', (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (!isKnown(request)) return response.writeHead(407).end()
    const upstream = httpRequest(request.url ?? '', { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    return request.pipe(upstream)
  })
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    requests.push(`CONNECT ${request.url}`)
    client.on('error', () => {})
    if (!isKnown(request)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (refuseWith !== undefined) return client.end(`HTTP/1.1 ${refuseWith}\r\n\r\n`)
    const { hostname, port } = new URL(`tcp://${request.url}`)
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client)
      client.pipe(upstream)
    })
    upstream.on('error', () => client.destroy()).once('close', () => client.destroy())
    return client.once('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
