import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { KeyPair } from './certificates.ts'

/** A TLS server on a free port of the loopback address. */
export interface HttpsServer {
  readonly url: string
  readonly port: number
  /** Connections made so far. */
  connections(): number
  /** Connections open now. */
  open(): number
  /** Breaks every connection. */
  cutAll(): void
  close(): Promise<void>
}

/** What a TLS server is. */
export interface HttpsServerOptions {
  readonly identity: KeyPair
  /** Certificates that clients must have are signed by this. Absent: clients need none. */
  readonly clientCa?: string | undefined
  /** Default: any free one. */
  readonly port?: number
  readonly handler: RequestListener
}

/** Starts a server; it answers until it is closed. */
export async function startHttpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { identity, clientCa, handler } = options
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const server = createServer({ ...identity, ...clients }, handler)
  const sockets = new Set<Duplex>()
  let connections = 0
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', () => (connections += 1))
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
    cutAll,
    close: () => closeServer(server, cutAll),
  }
}

/** The name in the certificate that the client of a request has shown. */
export function clientNameOf(socket: Socket): string | undefined {
  const name: unknown = (socket as TLSSocket).getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : undefined
}

function closeServer(server: Server, cutAll: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    cutAll()
  })
}
