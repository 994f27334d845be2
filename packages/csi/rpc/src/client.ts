import { Metadata, type ServiceError } from '@grpc/grpc-js'
import { callLog } from './call-log.ts'
import type { Channel, OpenChannel } from './channel.ts'
import { Code, codeName } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallOptions, Client, MethodDefinition, ServiceDefinition } from './definition.ts'
import { canceled, fromServiceError } from './error-mapping.ts'
import { complete, encode } from './pipeline.ts'

/** Longer deadlines do not fit into a timer of the library, which would fire at once. */
const longestTimeoutMs = 2 ** 31 - 1

/**
 * A client of a service over a channel. Every call is logged at verbosity 5 with secrets stripped, measured, cancelled by
 * its signal and bounded by its deadline. Calls are made once: no retries. Errors are CsiErrors.
 */
export function createClient<Def extends ServiceDefinition>(definition: Def, channel: Channel): Client<Def> {
  const methods = Object.entries(definition.methods).map(([key, method]) => {
    const path = `/${definition.fullName}/${method.name}`
    const call = method.responseStream
      ? (request: unknown, ctx: CallOptions) => streamingCall(channel as OpenChannel, path, method, request, ctx)
      : (request: unknown, ctx: CallOptions) => unaryCall(channel as OpenChannel, path, method, request, ctx)
    return [key, call] as const
  })
  return Object.fromEntries(methods) as unknown as Client<Def>
}

async function unaryCall(
  channel: OpenChannel,
  path: string,
  method: MethodDefinition,
  partial: unknown,
  ctx: CallOptions,
): Promise<unknown> {
  const call = beginCall(channel, path, method, partial, ctx)
  try {
    const response = await new Promise<unknown>((resolve, reject) => {
      const settle = (error: ServiceError | null, value?: unknown): void => {
        ctx.signal?.removeEventListener('abort', cancel)
        if (error === null) resolve(value)
        else reject(fromServiceError(error, ctx.signal))
      }
      const { grpc } = channel
      const inFlight = grpc.makeUnaryRequest(
        path,
        identity,
        decoder(method),
        call.bytes,
        call.metadata,
        call.options,
        settle,
      )
      const cancel = (): void => inFlight.cancel()
      ctx.signal?.addEventListener('abort', cancel)
    })
    call.finished(Code.OK)
    callLog.response(call.log, path, response)
    return response
  } catch (thrown) {
    throw call.failed(thrown)
  }
}

async function* streamingCall(
  channel: OpenChannel,
  path: string,
  method: MethodDefinition,
  partial: unknown,
  ctx: CallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const call = beginCall(channel, path, method, partial, ctx)
  const { grpc } = channel
  const stream = grpc.makeServerStreamRequest(path, identity, decoder(method), call.bytes, call.metadata, call.options)
  const cancel = (): void => stream.cancel()
  ctx.signal?.addEventListener('abort', cancel)
  let code: Code = Code.Canceled // of a caller that stops reading
  try {
    for await (const message of stream) yield message
    code = Code.OK
  } catch (thrown) {
    const error = isServiceError(thrown) ? fromServiceError(thrown, ctx.signal) : asCsiError(thrown)
    code = error.code
    callLog.error(call.log, path, error)
    throw error
  } finally {
    ctx.signal?.removeEventListener('abort', cancel)
    stream.cancel() // a caller that stops reading wants no more; no effect on a stream that has ended
    call.finished(code)
  }
}

/** What both kinds of calls begin and end with. */
function beginCall(channel: OpenChannel, path: string, method: MethodDefinition, partial: unknown, ctx: CallOptions) {
  const log = ctx.log ?? channel.log
  const startMs = performance.now()
  const finished = (code: Code): void => {
    const seconds = (performance.now() - startMs) / 1000
    channel.metrics?.observe(path, codeName(code), seconds, { migrated: ctx.migrated })
  }
  const failed = (thrown: unknown): CsiError => {
    const error = asCsiError(thrown)
    finished(error.code)
    callLog.error(log, path, error)
    return error
  }
  try {
    if (ctx.signal?.aborted === true) throw canceled(ctx.signal)
    const request = complete(method.requestType, partial)
    const bytes = encode(method.requestType, request)
    callLog.call(log, path, request)
    return { log, bytes, metadata: toMetadata(ctx), options: deadlineOf(ctx), finished, failed }
  } catch (thrown) {
    throw failed(thrown)
  }
}

function toMetadata(ctx: CallOptions): Metadata {
  const metadata = new Metadata()
  if (ctx.trace !== undefined) metadata.set('traceparent', ctx.trace.traceparent)
  return metadata
}

function deadlineOf({ timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): { readonly deadline?: number } {
  return timeoutMs === Number.POSITIVE_INFINITY ? {} : { deadline: Date.now() + Math.min(timeoutMs, longestTimeoutMs) }
}

function decoder(method: MethodDefinition): (bytes: Buffer) => unknown {
  return (bytes) => method.responseType.decode(bytes)
}

function identity(bytes: Buffer): Buffer {
  return bytes
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'details' in thrown && 'code' in thrown
}

/** A request that cannot be encoded, or a closed channel: the library throws where it should answer. */
function asCsiError(thrown: unknown): CsiError {
  if (thrown instanceof CsiError) return thrown
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  if (/channel has been closed|Channel has been shut down/i.test(text)) {
    return new CsiError(Code.Unavailable, 'the channel is closed', { cause: thrown })
  }
  return new CsiError(Code.Internal, text, { cause: thrown })
}
