import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Clock, linkSignals } from '@csi-ts/concurrency'
import { ConnectionError } from './connection-error.ts'
import { toConnectionError } from './connection-failure.ts'
import type { HttpProxy } from './proxy.ts'
import type { TlsSettings } from './tls-identity.ts'

/** Where connections go, and how. */
export interface DialTarget {
  /** Base URL, for messages. */
  readonly server: string
  readonly host: string
  readonly port: number
  /** Absent: plain TCP. */
  readonly tls: TlsSettings | undefined
  /** `tls`: for a proxy that is reached by https. */
  readonly proxy: (HttpProxy & { readonly tls: TlsSettings | undefined }) | undefined
  readonly clock: Clock
}

/** Names of protocols in TLS's negotiation (RFC 7301). */
export type Protocol = 'h2' | 'http/1.1'

/** As Go's dialer. */
const dialTimeoutMs = 30_000
/** A peer that vanished is noticed after a minute by TCP itself. */
const probes = { enable: true, initialDelay: 30_000, interval: 10_000, count: 3 }

/**
 * Makes a connection: TCP, the proxy's tunnel, TLS, all within 30 s. Rejects with a {@link ConnectionError} that says at which
 * of them it failed, or with the signal's reason.
 */
export async function dial(
  target: DialTarget,
  protocols: readonly Protocol[],
  signal: AbortSignal,
): Promise<Socket | TLSSocket> {
  signal.throwIfAborted()
  const linked = linkSignals(signal)
  const timer = target.clock.setTimer(dialTimeoutMs, () => {
    linked.abort(toConnectionError(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' }), whom(target)))
  })
  try {
    // An http server behind a proxy is asked through it by the whole URL, one behind TLS through a tunnel.
    const hasTunnel = target.proxy !== undefined && target.tls !== undefined
    const socket = hasTunnel ? await openTunnel(target, target.proxy, linked.signal) : undefined
    return await connect(target, protocols, socket, linked.signal)
  } finally {
    timer.cancel()
    linked[Symbol.dispose]()
  }
}

function whom({ server, proxy }: DialTarget): { server: string; isConnected: false; proxy?: string } {
  return { server, isConnected: false, ...(proxy === undefined ? {} : { proxy: proxy.shown }) }
}

function connect(
  target: DialTarget,
  protocols: readonly Protocol[],
  tunnel: Socket | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const { tls, proxy } = target
  const place = tls === undefined && proxy !== undefined ? proxy : target
  const through = tunnel === undefined ? { host: place.host, port: place.port } : { socket: tunnel, host: place.host }
  const settings = tls ?? (place === proxy ? proxy?.tls : undefined)
  // Within TLS the name to check is the host when there is no server name.
  const socket =
    settings === undefined
      ? connectTcp({ host: place.host, port: place.port })
      : connectTls({ ...through, ...settings, ALPNProtocols: place === proxy ? ['http/1.1'] : [...protocols] })
  const carrier = tunnel ?? socket
  ;(carrier as unknown as ProbedSocket).setKeepAlive(probes)
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
    }
    const onUp = (): void => {
      settle()
      resolve(socket)
    }
    const onError = (error: Error): void => {
      settle()
      socket.destroy()
      const isThere = tunnel !== undefined || place === target
      reject(toConnectionError(error, isThere ? { server: target.server, isConnected: false } : whom(target)))
    }
    const onAbort = (): void => {
      settle()
      // Nobody is left to hear how it fails.
      socket.on('error', () => {}).destroy()
      reject(signal.reason)
    }
    socket.once(settings === undefined ? 'connect' : 'secureConnect', onUp)
    socket.once('error', onError)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Node takes the intervals too, the type declarations do not know yet. */
interface ProbedSocket {
  setKeepAlive(options: { enable: boolean; initialDelay: number; interval: number; count: number }): void
}

/** Asks the proxy for a tunnel (RFC 9110, CONNECT). */
function openTunnel(target: DialTarget, proxy: NonNullable<DialTarget['proxy']>, signal: AbortSignal): Promise<Socket> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const options = {
    agent: false as const,
    host: proxy.host,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
    },
  }
  const request: ClientRequest =
    proxy.tls === undefined ? httpRequest(options) : httpsRequest({ ...options, ...proxy.tls })
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      request.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    request.once('close', () => signal.removeEventListener('abort', onAbort))
    request.on('error', (error) => reject(toConnectionError(error, whom(target))))
    // Whatever the status: to a CONNECT Node gives every answer this way.
    request.once('connect', (answer, socket, head) => {
      signal.removeEventListener('abort', onAbort)
      if (answer.statusCode !== 200) {
        socket.destroy()
        return reject(refused(answer, target, proxy))
      }
      if (head.length > 0) socket.unshift(head)
      return resolve(socket)
    })
    request.end()
  })
}

function refused({ statusCode }: IncomingMessage, target: DialTarget, { shown }: HttpProxy): ConnectionError {
  const check = statusCode === 407 ? 'check the user and password in its address' : 'check what it allows'
  const text = `proxy ${shown} makes no connection to ${target.server}: it answers ${statusCode}: ${check}`
  return new ConnectionError('unreachable', text, { maybeDelivered: false })
}
