import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import type { Clock, Timer } from '@csi-ts/concurrency'
import { ConnectionError } from './connection-error.ts'
import { toConnectionError } from './connection-failure.ts'
import { exchangeOverHttp2 } from './http2-exchange.ts'
import type { OutgoingRequest } from './identity-transport.ts'
import type { TransportResponse } from './transport.ts'

/** Settings of {@link openHttp2Connection}. */
export interface Http2ConnectionOptions {
  readonly server: string
  readonly base: URL
  readonly clock: Clock
  /** How often the server is asked whether it is there. */
  readonly pingIntervalMs: number
  /** The connection is given up when nothing comes for this long after that. */
  readonly pingTimeoutMs: number
  /** A connection without requests is closed after this. */
  readonly idleMs: number
  /** Something has changed: there is room for another request, or the connection is not to be used any more. */
  readonly changed: () => void
}

/** What of a body the server may send before we have read it: a page of a list in one go, also over long distances. */
const streamWindowBytes = 4 * 1024 * 1024
/** Node gives this one back on arrival, so that a reader who is slow holds up only himself. */
const connectionWindowBytes = 64 * 1024 * 1024
/** In MB. Unread bodies count; Node's default of 10 would refuse streams when a few watchers are slow. */
const sessionMemory = 2048

/** One connection and its streams. */
export interface Http2Connection {
  /** Whether it takes new requests. */
  readonly isOpen: boolean
  /** Requests on it. */
  readonly active: number
  /** How many the server allows at a time. */
  readonly maxActive: number
  /** The caller has looked at the fields above. */
  exchange(request: OutgoingRequest, signal: AbortSignal): Promise<TransportResponse>
  /** Takes no new requests, and ends when the last is done. */
  retire(): void
  /** Ends now. */
  destroy(): void
}

/**
 * Speaks HTTP/2 on a connection for which that was negotiated; resolves when the server has sent its settings. Rejects with a
 * {@link ConnectionError}.
 */
export function openHttp2Connection(
  socket: Socket,
  options: Http2ConnectionOptions,
  signal: AbortSignal,
): Promise<Http2Connection> {
  const { server, base, clock, pingTimeoutMs } = options
  const session = connect(base.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    maxSessionMemory: sessionMemory,
  })
  return new Promise((resolve, reject) => {
    const onAbort = (): void => session.destroy()
    const timer = clock.setTimer(pingTimeoutMs, () => {
      const text = `${server} has agreed to HTTP/2 and said nothing for ${pingTimeoutMs / 1000} s: check what stands in front of it`
      session.destroy(new ConnectionError('timeout', text, { maybeDelivered: false }))
    })
    const settle = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      session.off('close', fail)
    }
    const fail = (error?: Error): void => {
      settle()
      socket.destroy()
      const reason = error ?? Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
      reject(toConnectionError(reason, { server, isConnected: false }))
    }
    session.on('error', fail)
    session.once('close', fail)
    // An alert after the handshake: the session waits for its farewell to be written, which it never will be.
    socket.on('error', (error) => {
      fail(error)
      socket.destroy()
    })
    session.once('remoteSettings', () => {
      settle()
      session.setLocalWindowSize(connectionWindowBytes)
      resolve(new SessionConnection(session, socket, options))
    })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
}

class SessionConnection implements Http2Connection {
  active = 0
  private readonly session: ClientHttp2Session
  private readonly socket: Socket
  private readonly options: Http2ConnectionOptions
  private isGoing = false
  private pingTimer: Timer | undefined
  private idleTimer: Timer | undefined

  constructor(session: ClientHttp2Session, socket: Socket, options: Http2ConnectionOptions) {
    this.session = session
    this.socket = socket
    this.options = options
    session.on('remoteSettings', () => options.changed())
    // Node lets what it covers finish, and takes nothing new.
    session.on('goaway', () => this.go())
    session.once('close', () => {
      this.pingTimer?.cancel()
      this.idleTimer?.cancel()
      this.go()
    })
    this.watchPeer()
    this.noteIdle()
  }

  get isOpen(): boolean {
    return !this.isGoing && !this.session.closed && !this.session.destroyed
  }

  get maxActive(): number {
    return this.session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
  }

  async exchange(request: OutgoingRequest, signal: AbortSignal): Promise<TransportResponse> {
    const { server, base, changed } = this.options
    const closed = (): void => {
      this.active -= 1
      this.noteIdle()
      changed()
    }
    const response = exchangeOverHttp2(request, { server, base, session: this.session, signal }, closed)
    this.active += 1
    this.idleTimer?.cancel()
    return response
  }

  retire(): void {
    if (!this.session.closed) this.session.close()
    this.go()
  }

  destroy(): void {
    this.session.destroy()
  }

  private go(): void {
    this.isGoing = true
    this.options.changed()
  }

  private noteIdle(): void {
    if (this.active > 0 || !this.isOpen) return
    this.idleTimer = this.options.clock.setTimer(this.options.idleMs, () => this.retire())
  }

  /** A peer that is gone without a word: its TCP connection would go on for many minutes. */
  private watchPeer(): void {
    const { clock, pingIntervalMs } = this.options
    this.pingTimer = clock.setTimer(pingIntervalMs, () => {
      if (this.session.destroyed) return
      this.awaitPong()
      this.session.ping((error) => {
        this.pingTimer?.cancel()
        if (error === null) this.watchPeer()
      })
    })
  }

  /** Any byte counts: the answer may stand behind long lists. */
  private awaitPong(): void {
    const { clock, pingTimeoutMs } = this.options
    const seenBytes = this.socket.bytesRead
    this.pingTimer = clock.setTimer(pingTimeoutMs, () => {
      // In a process that was stopped for a while, time is up before what has arrived meanwhile is read.
      this.pingTimer = clock.setTimer(0, () => {
        if (this.socket.bytesRead === seenBytes) this.giveUp()
        else this.awaitPong()
      })
    })
  }

  private giveUp(): void {
    const { server, pingTimeoutMs } = this.options
    const text = `${server} has not answered a ping for ${pingTimeoutMs / 1000} s: check the network`
    this.session.destroy(new ConnectionError('lost', text, { maybeDelivered: true }))
    this.socket.destroy()
  }
}
