import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Passes bytes on between clients and a port of this machine, until it is frozen: then it takes them and does nothing. */
export interface FreezingRelay {
  readonly port: number
  /** Nothing passes from now on; connections stay open, as behind a network that lost its route. */
  freeze(): void
  /** Chunks for clients wait from now on. */
  hold(): void
  /** How many wait. */
  held(): number
  /** Lets the oldest through. */
  letOneThrough(): void
  /** Lets all through, and what comes after them. */
  release(): void
  /** New connections are refused from now on. */
  stopListening(): void
  close(): Promise<void>
}

/** Starts a relay on a free loopback port. */
export async function startFreezingRelay(toPort: number): Promise<FreezingRelay> {
  let isFrozen = false
  let isHolding = false
  const waiting: (() => void)[] = []
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket, isForClient: boolean): void => {
    sockets.add(from)
    from.on('data', (chunk) => {
      if (isFrozen) return
      if (isHolding && isForClient) waiting.push(() => to.write(chunk))
      else to.write(chunk)
    })
    from.on('error', () => {})
    from.once('close', () => {
      sockets.delete(from)
      if (!isFrozen) to.destroy()
    })
  }
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1')
    pass(client, upstream, false)
    pass(upstream, client, true)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      isFrozen = true
    },
    hold: () => {
      isHolding = true
    },
    held: () => waiting.length,
    letOneThrough: () => waiting.shift()?.(),
    release: () => {
      isHolding = false
      for (const write of waiting.splice(0)) write()
    },
    stopListening: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
