import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** A server that listens on the loopback interface. */
export interface LoopbackServer {
  readonly port: number
  /** Ends every connection, those in the middle of their TLS handshake too. */
  dropConnections(): void
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1. */
export async function listenOnLoopback(server: Server): Promise<LoopbackServer> {
  // closeAllConnections() knows only those that have spoken HTTP; one that still shakes hands would keep close() waiting.
  const sockets = new Set<Duplex>()
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    dropConnections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      dropConnections()
      await closed
    },
  }
}
