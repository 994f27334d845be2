import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Passes bytes on between clients and a port of this machine, until it is frozen: then it takes them and does nothing. */
export interface FreezingRelay {
  readonly port: number
  /** Nothing passes from now on; connections stay open, as behind a network that lost its route. */
  freeze(): void
  /** New connections are refused from now on. */
  stopListening(): void
  close(): Promise<void>
}

/** Starts a relay on a free loopback port. */
export async function startFreezingRelay(toPort: number): Promise<FreezingRelay> {
  let isFrozen = false
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on('data', (chunk) => {
      if (!isFrozen) to.write(chunk)
    })
    from.on('error', () => {})
    from.once('close', () => {
      sockets.delete(from)
      if (!isFrozen) to.destroy()
    })
  }
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1')
    pass(client, upstream)
    pass(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      isFrozen = true
    },
    stopListening: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
