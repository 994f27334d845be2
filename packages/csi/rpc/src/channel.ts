import type { Logger } from '@csi-ts/telemetry'
import { silentLogger } from '@csi-ts/telemetry'
import { connectivityState, credentials, Channel as GrpcChannel } from '@grpc/grpc-js'
import type { CallMetrics } from './call-metrics.ts'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'
import { canceled } from './error-mapping.ts'
import { redirectLibraryLog, sharedOptions } from './grpc-library.ts'
import { connectError } from './listen-on-socket.ts'

/** How a driver is connected to. */
export interface ChannelOptions {
  /** `/path`, `unix:///path` or another form of {@link parseEndpoint}. */
  readonly address: string
  /** Default: nothing is logged. */
  readonly log?: Logger | undefined
  /** Told of every call. */
  readonly metrics?: CallMetrics | undefined
  /** Longest pause between two attempts to connect. Default 1,000. */
  readonly maxReconnectMs?: number | undefined
}

/** One connection to a driver, made when it is needed and made again after it was lost. */
export interface Channel {
  /** As given. */
  readonly address: string
  /**
   * Fires when an established connection is gone, at once and not at the next call, and stays fired. The channel connects
   * again with the next call; who must not go on with another driver process closes it.
   */
  readonly lost: AbortSignal
  /**
   * Resolves when connected. Rejects with DeadlineExceeded after `timeoutMs` (`Infinity` waits for ever), with Canceled
   * when the signal fires, with Unavailable when the channel is closed.
   */
  waitForReady(timeoutMs: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /** Closes the connection. Calls in flight fail with Unavailable, `lost` does not fire. */
  close(): void
}

/** What createClient needs of a channel; the fields that users see are {@link Channel}'s. */
export interface OpenChannel extends Channel {
  readonly grpc: GrpcChannel
  readonly log: Logger
  readonly metrics: CallMetrics | undefined
}

/**
 * Opens a channel; connecting begins with the first call or {@link Channel.waitForReady}. Without retries (a call is
 * made once), idle timeout or message size limit. An address that cannot be parsed throws.
 */
export function openChannel(options: ChannelOptions): Channel {
  const endpoint = parseEndpoint(options.address)
  const log = options.log ?? silentLogger
  redirectLibraryLog(log)
  const grpc = new GrpcChannel(target(endpoint), credentials.createInsecure(), {
    ...sharedOptions,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    // The largest delay that a timer takes: the library has no way to say "never", and 30 minutes is its default.
    'grpc.client_idle_timeout_ms': 2_147_483_647,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': options.maxReconnectMs ?? 1_000,
    // Connections of other channels to the same address are none of ours.
    'grpc.use_local_subchannel_pool': 1,
  })
  const state = watchConnection(grpc, log, options.address)
  const channel: OpenChannel = {
    address: options.address,
    lost: state.lost,
    grpc,
    log,
    metrics: options.metrics,
    waitForReady: (timeoutMs, { signal } = {}) => waitForReady(state, endpoint, timeoutMs, signal),
    close: () => state.close(),
  }
  return channel
}

function target(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : endpoint.target
}

/** The library's connectivity, with listeners. */
interface ConnectionState {
  readonly lost: AbortSignal
  isReady(): boolean
  isClosed(): boolean
  /** Starts connecting when nothing goes on, and calls `changed` at each change until the returned function is called. */
  follow(changed: () => void): () => void
  close(): void
}

function watchConnection(grpc: GrpcChannel, log: Logger, address: string): ConnectionState {
  const lost = new AbortController()
  const listeners = new Set<() => void>()
  let state = grpc.getConnectivityState(false)
  let closed = false
  const changed = (): void => {
    const before = state
    state = closed ? connectivityState.SHUTDOWN : grpc.getConnectivityState(listeners.size > 0)
    if (!closed && before === connectivityState.READY && state !== connectivityState.READY) {
      log.error('lost connection to the CSI driver', undefined, { address })
      lost.abort(new CsiError(Code.Unavailable, `lost connection to ${address}`))
    }
    for (const listener of Array.from(listeners)) listener() // one may remove itself
    if (!closed) watch()
  }
  // The library has no events: one waits for "not this state any more", again and again.
  const watch = (): void => grpc.watchConnectivityState(state, Number.POSITIVE_INFINITY, changed)
  watch()
  return {
    lost: lost.signal,
    isReady: () => state === connectivityState.READY,
    isClosed: () => closed,
    follow(listener) {
      listeners.add(listener)
      grpc.getConnectivityState(true)
      return () => void listeners.delete(listener)
    },
    close() {
      if (closed) return
      closed = true
      grpc.close()
      changed()
    },
  }
}

async function waitForReady(
  state: ConnectionState,
  endpoint: Endpoint,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted === true) throw canceled(signal)
  if (state.isReady()) return
  if (state.isClosed()) throw new CsiError(Code.Unavailable, 'the channel is closed')
  const outcome = await new Promise<'ready' | 'closed' | 'late' | 'canceled'>((resolve) => {
    const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => settle('late'), timeoutMs)
    const onAbort = (): void => settle('canceled')
    const stop = state.follow(() => {
      if (state.isReady()) settle('ready')
      else if (state.isClosed()) settle('closed')
    })
    const settle = (result: 'ready' | 'closed' | 'late' | 'canceled'): void => {
      stop()
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(result)
    }
    signal?.addEventListener('abort', onAbort)
  })
  if (outcome === 'canceled' && signal !== undefined) throw canceled(signal)
  if (outcome === 'closed') throw new CsiError(Code.Unavailable, 'the channel was closed')
  if (outcome === 'late') throw new CsiError(Code.DeadlineExceeded, await lateText(endpoint))
}

/** Why there is no connection: the library does not tell, so ask the socket. */
async function lateText(endpoint: Endpoint): Promise<string> {
  const text = 'context deadline exceeded'
  if (endpoint.kind === 'network') return `${text}: no connection to ${endpoint.target}`
  const code = await connectError(endpoint.path)
  const why = code === undefined ? 'it accepts connections but does not speak gRPC' : (reasons[code] ?? code)
  return `${text}: no connection to ${endpoint.path}: ${why}`
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ECONNREFUSED: 'connection refused, nobody is listening',
  EACCES: 'permission denied',
  ENOTSOCK: 'not a socket',
}
