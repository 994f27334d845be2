import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type Settings,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { KeyPair } from './certificates.ts'
import type { HttpsServer } from './https-server.ts'

/** A TLS server on a free port of the loopback address that speaks HTTP/2 only. */
export interface Http2Server extends HttpsServer {
  /** The connections that are open now, oldest first. */
  sessions(): readonly ServerHttp2Session[]
}

/** What a server is. */
export interface Http2ServerOptions {
  readonly identity: KeyPair
  /** Certificates that clients must have are signed by this. Absent: clients need none. */
  readonly clientCa?: string | undefined
  /** Default: any free one. */
  readonly port?: number
  readonly settings?: Settings
  readonly handler: (request: Http2ServerRequest, response: Http2ServerResponse) => void
}

/** Starts a server; it answers until it is closed. */
export async function startHttp2Server(options: Http2ServerOptions): Promise<Http2Server> {
  const { identity, clientCa, settings = {}, handler } = options
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const server = createSecureServer({ ...identity, ...clients, settings, maxSessionMemory: 1024 }, handler)
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    connections += 1
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // What clients do to their connections is no concern of this server.
    session.on('error', () => {})
    session.on('stream', (stream) => stream.on('error', () => {}))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    open: () => sockets.size,
    sessions: () => [...sessions],
    cutAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cutAll()
      }),
  }
}
