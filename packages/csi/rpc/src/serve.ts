import type { Logger, MetricsRegistry } from '@csi-ts/telemetry'
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js'
import type { BoundMethod, BoundService } from './bind-service.ts'
import { ServerCallContext } from './call-context.ts'
import { type CallMetrics, createCallMetrics } from './call-metrics.ts'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import { parseServerEndpoint } from './endpoint.ts'
import { toCsiError, toStatus } from './error-mapping.ts'
import { redirectLibraryLog, sharedOptions } from './grpc-library.ts'
import { listenOnSocket, type SocketListener } from './listen-on-socket.ts'
import { answerStream, answerUnary, type Interceptor, type Pipeline } from './pipeline.ts'
import { writeToStream } from './stream-writer.ts'

/** How services are served. */
export interface ServeOptions {
  /** UNIX socket, in any form of {@link parseServerEndpoint}. Its directory must exist. */
  readonly endpoint: string
  readonly log: Logger
  /** Where `csi_plugin_operations_seconds` is registered. Default: calls are not measured. */
  readonly metrics?: MetricsRegistry | undefined
  /** Value of the metric's `driver_name` label. */
  readonly driverName?: string | undefined
  /** Mode of the socket's file. Default: what the process's umask leaves, commonly 0755. */
  readonly socketMode?: number | undefined
  /** Closes the server, with the default grace. */
  readonly signal?: AbortSignal | undefined
  /** Stands around every call. */
  readonly intercept?: Interceptor | undefined
}

/** A server that runs. */
export interface RpcServer {
  /** `unix://` and the absolute path. */
  readonly endpoint: string
  /** Resolves when the server has closed, whoever closed it. */
  readonly closed: Promise<void>
  /** Number of open connections. */
  readonly connections: number
  /**
   * Removes the socket, lets calls in flight finish for `graceMs` (default 10,000), then aborts their signals and drops
   * the connections.
   */
  close(options?: { readonly graceMs?: number | undefined }): Promise<void>
  /** Drops every connection without an answer and goes on serving. For tests of what callers do then. */
  dropConnections(): void
}

const defaultGraceMs = 10_000

/**
 * Serves CSI services on a UNIX socket. Every handler failure is contained: the caller gets a status, the process lives.
 * A socket that a dead process left behind is replaced.
 * @throws Error in one line, when the endpoint cannot be listened on
 */
export async function serve(services: readonly BoundService[], options: ServeOptions): Promise<RpcServer> {
  options.signal?.throwIfAborted()
  const path = parseServerEndpoint(options.endpoint)
  redirectLibraryLog(options.log)
  const calls = new Set<ServerCallContext>()
  const server = new Server(sharedOptions)
  let listener: SocketListener | undefined
  const dropConnections = (): void => {
    for (const connection of listener?.connections ?? []) connection.destroy()
  }
  const pipeline: Pipeline = {
    log: options.log,
    metrics: toCallMetrics(options),
    intercept: options.intercept,
    dropConnections,
  }
  for (const method of services.flatMap((service) => service.methods)) register(server, method, pipeline, calls)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  listener = await listenOnSocket(path, {
    mode: options.socketMode,
    accept: (connection) => injector.injectConnection(connection),
  })
  const { path: socketPath, connections: accepted, drained } = listener
  const drain = async (graceMs: number): Promise<void> => {
    options.signal?.removeEventListener('abort', onAbort)
    await listener?.stop().catch((error: unknown) => options.log.error('cannot remove the socket', error, { path }))
    // Tells the peers to go; each connection closes with its last call.
    server.tryShutdown(() => {})
    const timer = setTimeout(() => {
      for (const call of calls) call.abort(new CsiError(Code.Unavailable, 'the driver is stopping'))
      dropConnections()
    }, graceMs)
    await drained
    clearTimeout(timer)
    setClosed()
  }
  const { promise: closed, resolve: setClosed } = Promise.withResolvers<void>()
  let draining: Promise<void> | undefined
  const close = (graceMs = defaultGraceMs): Promise<void> => {
    draining ??= drain(graceMs)
    return draining
  }
  const onAbort = (): void => void close()
  options.signal?.addEventListener('abort', onAbort)
  if (options.signal?.aborted === true) onAbort()

  return {
    endpoint: `unix://${socketPath}`,
    closed,
    get connections() {
      return accepted.size
    },
    close: (closeOptions) => close(closeOptions?.graceMs),
    dropConnections,
  }
}

function toCallMetrics({ metrics, driverName }: ServeOptions): CallMetrics | undefined {
  if (metrics === undefined) return undefined
  const durations = createCallMetrics(metrics, { subsystem: 'csi_plugin' })
  if (driverName !== undefined) durations.setDriverName(driverName)
  return durations
}

/** The call as the library shows it, as far as both kinds of calls agree. */
interface ArrivedCall {
  readonly request: unknown
  readonly metadata: { get(key: string): readonly (string | Buffer)[] }
  getDeadline(): Date | number
  on(event: 'cancelled', listener: () => void): unknown
}

function register(server: Server, method: BoundMethod, pipeline: Pipeline, calls: Set<ServerCallContext>): void {
  const admit = (call: ArrivedCall): ServerCallContext => {
    const ctx = toContext(call, method, pipeline.log)
    calls.add(ctx)
    // The library also says so when a call has ended; nobody looks at the signal any more then.
    call.on('cancelled', () => calls.has(ctx) && ctx.abort())
    return ctx
  }
  const answerOnce = async (call: ServerUnaryCall<unknown, Buffer>, respond: sendUnaryData<Buffer>): Promise<void> => {
    const ctx = admit(call)
    try {
      respond(null, await answerUnary(pipeline, method, call.request, ctx))
    } catch (error) {
      respond(toStatus(toCsiError(error)))
    } finally {
      calls.delete(ctx)
    }
  }
  const answerMany = async (call: ServerWritableStream<unknown, Buffer>): Promise<void> => {
    const ctx = admit(call)
    try {
      await answerStream(pipeline, method, call.request, ctx, writeToStream(call, ctx.signal))
      call.end()
    } catch (error) {
      call.emit('error', toStatus(toCsiError(error)))
    } finally {
      calls.delete(ctx)
    }
  }
  const deserialize = (bytes: Buffer): unknown => method.definition.requestType.decode(bytes)
  const unary: handleUnaryCall<unknown, Buffer> = (call, respond) => void answerOnce(call, respond)
  const streaming: handleServerStreamingCall<unknown, Buffer> = (call) => void answerMany(call)
  const { responseStream } = method.definition
  if (responseStream) server.register(method.path, streaming, asIs, deserialize, 'serverStream')
  else server.register(method.path, unary, asIs, deserialize, 'unary')
}

/** Responses arrive at the library encoded: a message that cannot be encoded fails like any other handler error. */
function asIs(bytes: Buffer): Buffer {
  return bytes
}

function toContext(call: ArrivedCall, method: BoundMethod, log: Logger): ServerCallContext {
  const deadlineMs = Number(call.getDeadline())
  const traceparent = call.metadata.get('traceparent')[0]
  return new ServerCallContext({
    method: method.path,
    log,
    deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : undefined,
    trace: typeof traceparent === 'string' ? { traceparent } : undefined,
  })
}
