import type { TLSSocket } from 'node:tls'
import type { Timer } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'
import { type DialTarget, dial } from './dial.ts'
import { createHttp1Connections, idleConnectionMs } from './http1-connections.ts'
import { type Http2Connection, openHttp2Connection } from './http2-connection.ts'
import { RefusedStreamError } from './http2-exchange.ts'
import type { Connections, OutgoingRequest } from './identity-transport.ts'
import type { Lane, TransportResponse } from './transport.ts'

/** Settings of {@link createHttp2Connections}. */
export interface Http2Options {
  /** Most connections for everything but watches and leases, when the server limits the requests on each. */
  readonly maxConnections: number
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly log: Logger
}

/** A full connection on which nothing ends for this long gets company; one that moves serves what waits soon. */
const patienceMs = 500
/** Times that a request is sent when servers refuse it on connections that they are closing. */
const maxAttempts = 5

/** In order of importance: a lease must not wait, and a watch would wait for ever. */
const lanes: readonly Lane[] = ['reserved', 'own', 'pooled']

/**
 * Makes connections that carry many requests at a time: one, and another when the server's limit is reached and a request
 * waits: a lease or a watch not at all, any other while the full connections come to nothing. A server that does not speak
 * HTTP/2 is spoken to in HTTP/1.1.
 */
export function createHttp2Connections(target: DialTarget, base: URL, options: Http2Options): Connections {
  return new Http2Connections(target, base, options)
}

/** A request that waits for room on a connection. */
interface Waiting {
  start(connection: Pick<Connections, 'exchange'>): void
  fail(error: unknown): void
}

class Http2Connections implements Connections {
  private readonly target: DialTarget
  private readonly base: URL
  private readonly options: Http2Options
  private readonly closing = new AbortController()
  private readonly open = new Set<Http2Connection>()
  private readonly waiting: Readonly<Record<Lane, Set<Waiting>>> = {
    reserved: new Set(),
    own: new Set(),
    pooled: new Set(),
  }
  private isDialing = false
  private patience: Timer | undefined
  private isRetired = false
  private http1: Connections | undefined

  constructor(target: DialTarget, base: URL, options: Http2Options) {
    this.target = target
    this.base = base
    this.options = options
    if (target.tls === undefined) this.http1 = createHttp1Connections(target, base, options)
  }

  async exchange(request: OutgoingRequest, signal: AbortSignal): Promise<TransportResponse> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(request, signal)
      } catch (error) {
        if (!(error instanceof RefusedStreamError) || attempt >= maxAttempts || this.isRetired) throw error
      }
    }
  }

  retire(): void {
    this.isRetired = true
    this.endPatience()
    this.http1?.retire()
    for (const connection of this.open) connection.retire()
    // They are sent again, on connections of the new identity.
    this.failWaiting(new RefusedStreamError(this.target.server))
  }

  destroy(): void {
    this.isRetired = true
    this.endPatience()
    const reason = new Error('the Kubernetes client is closed')
    this.closing.abort(reason)
    this.http1?.destroy()
    for (const connection of this.open) connection.destroy()
    this.failWaiting(reason)
  }

  private once(request: OutgoingRequest, signal: AbortSignal): Promise<TransportResponse> {
    if (this.http1 !== undefined) return this.http1.exchange(request, signal)
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const queue = this.waiting[request.lane]
      const leave = (): void => {
        queue.delete(entry)
        signal.removeEventListener('abort', onAbort)
      }
      const entry: Waiting = {
        start: (connection) => {
          leave()
          connection.exchange(request, signal).then(resolve, reject)
        },
        fail: (error) => {
          leave()
          reject(error)
        },
      }
      const onAbort = (): void => entry.fail(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      queue.add(entry)
      this.serve()
    })
  }

  /** Starts what there is room for, and makes a connection for what waits then. */
  private serve(): void {
    for (const connection of this.open) if (!connection.isOpen && connection.active === 0) this.open.delete(connection)
    for (const lane of lanes) {
      for (const entry of this.waiting[lane]) {
        const connection = this.http1 ?? this.roomFor(lane)
        if (connection === undefined) break
        if (lane === 'pooled') this.endPatience()
        entry.start(connection)
      }
    }
    if (this.needsConnection()) void this.dial()
  }

  private endPatience(): void {
    this.patience?.cancel()
    this.patience = undefined
  }

  /** The oldest connection with room, so that later ones become idle. One place on each is kept for leases. */
  private roomFor(lane: Lane): Http2Connection | undefined {
    for (const connection of this.open) {
      const kept = lane === 'reserved' || connection.maxActive < 2 ? 0 : 1
      if (connection.isOpen && connection.active < connection.maxActive - kept) return connection
    }
    return undefined
  }

  private needsConnection(): boolean {
    if (this.isDialing || this.isRetired) return false
    const { reserved, own, pooled } = this.waiting
    const usable = [...this.open].filter(({ isOpen }) => isOpen)
    // A server that allows no requests at all for now would not allow them on another connection either.
    if (usable.some(({ active }) => active === 0)) return false
    if (reserved.size + own.size > 0) return true
    if (pooled.size === 0 || usable.length >= this.options.maxConnections) return false
    if (usable.length === 0) return true
    this.patience ??= this.target.clock.setTimer(patienceMs, () => {
      this.patience = undefined
      if (!this.isDialing && !this.isRetired && pooled.size > 0) void this.dial()
    })
    return false
  }

  private async dial(): Promise<void> {
    this.isDialing = true
    this.endPatience()
    const { target, base, closing, options } = this
    try {
      const socket = await dial(target, ['h2', 'http/1.1'], closing.signal)
      if ((socket as TLSSocket).alpnProtocol === 'h2') {
        const { server, clock } = target
        const { pingIntervalMs, pingTimeoutMs } = options
        const changed = (): void => this.serve()
        const connection = await openHttp2Connection(
          socket,
          { server, base, clock, pingIntervalMs, pingTimeoutMs, idleMs: idleConnectionMs, changed },
          closing.signal,
        )
        this.open.add(connection)
        if (closing.signal.aborted) connection.destroy()
        else if (this.isRetired) connection.retire()
      } else if (this.isRetired) {
        socket.destroy()
      } else {
        options.log.v(4).info('the API server does not speak HTTP/2, going on with HTTP/1.1', { server: target.server })
        this.http1 = createHttp1Connections(target, base, { maxConnections: options.maxConnections, spare: socket })
      }
    } catch (error) {
      // While another connection is there, what can wait gets its turn on that.
      const canWait = [...this.open].some(({ isOpen }) => isOpen)
      this.failWaiting(error, canWait ? ['reserved', 'own'] : lanes)
    } finally {
      this.isDialing = false
    }
    this.serve()
  }

  private failWaiting(error: unknown, which: readonly Lane[] = lanes): void {
    for (const lane of which) for (const entry of this.waiting[lane]) entry.fail(error)
  }
}
