import { callLog } from './call-log.ts'
import type { Channel, OpenChannel } from './channel.ts'
import { Code, codeName } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallOptions, Client, MethodDefinition, ServiceDefinition } from './definition.ts'
import { canceled, fromStatus } from './error-mapping.ts'
import { complete, encode } from './message-codec.ts'
import { readMessages } from './message-reader.ts'
import { startWireCall, type WireStatus } from './wire-call.ts'

/** Longer deadlines do not fit into a timer of the library, which would fire at once. */
const longestTimeoutMs = 2 ** 31 - 1

/**
 * A client of a service over a channel. Every call is logged at verbosity 5 with secrets stripped, measured, cancelled by
 * its signal and bounded by its deadline. Calls are made once: no retries. Errors are CsiErrors.
 */
export function createClient<Def extends ServiceDefinition>(definition: Def, channel: Channel): Client<Def> {
  const methods = Object.entries(definition.methods).map(([key, method]) => {
    const target = { channel: channel as OpenChannel, path: `/${definition.fullName}/${method.name}`, method }
    const call = method.responseStream
      ? (request: unknown, ctx: CallOptions) => callForMany(target, request, ctx)
      : (request: unknown, ctx: CallOptions) => callForOne(target, request, ctx)
    return [key, call] as const
  })
  return Object.fromEntries(methods) as unknown as Client<Def>
}

/** What is called. */
interface Target {
  readonly channel: OpenChannel
  readonly path: string
  readonly method: MethodDefinition
}

function callForOne(target: Target, partial: unknown, ctx: CallOptions): Promise<unknown> {
  const { channel, path, method } = target
  const startMs = performance.now()
  return new Promise((resolve, reject) => {
    const fail = (error: CsiError): void => reject(failed(target, ctx, startMs, error))
    let bytes: Buffer | undefined
    const settle = (status: WireStatus): void => {
      ctx.signal?.removeEventListener('abort', cancel)
      try {
        const response = method.responseType.decode(received(status, bytes, ctx))
        observe(target, ctx, startMs, Code.OK)
        callLog.response(ctx.log ?? channel.log, path, response)
        resolve(response)
      } catch (error) {
        fail(toError(error))
      }
    }
    let cancel = (): void => {}
    try {
      const call = startWireCall(channel.grpc, path, begin(target, partial, ctx), wireOptions(ctx), {
        message: (message) => {
          bytes = message
        },
        status: settle,
      })
      cancel = () => call.cancel()
      ctx.signal?.addEventListener('abort', cancel)
    } catch (error) {
      fail(toError(error))
    }
  })
}

function received(status: WireStatus, bytes: Buffer | undefined, ctx: CallOptions): Buffer {
  if (status.code !== Code.OK) throw fromStatus(status, ctx.signal)
  if (bytes === undefined) throw new CsiError(Code.Internal, 'the driver sent no response')
  return bytes
}

async function* callForMany(
  target: Target,
  partial: unknown,
  ctx: CallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const startMs = performance.now()
  let code: Code = Code.Canceled // of a caller that stops reading
  try {
    const request = begin(target, partial, ctx)
    yield* readMessages(
      (listener) => startWireCall(target.channel.grpc, target.path, request, wireOptions(ctx), listener),
      {
        decode: (bytes) => target.method.responseType.decode(bytes),
        signal: ctx.signal,
      },
    )
    code = Code.OK
  } catch (thrown) {
    const error = toError(thrown)
    code = error.code
    callLog.error(ctx.log ?? target.channel.log, target.path, error)
    throw error
  } finally {
    observe(target, ctx, startMs, code)
  }
}

/** Encodes and logs a request. @throws CsiError when the caller has cancelled already */
function begin({ channel, path, method }: Target, partial: unknown, ctx: CallOptions): Buffer {
  if (ctx.signal?.aborted === true) throw canceled(ctx.signal)
  const request = complete(method.requestType, partial)
  const bytes = encode(method.requestType, request)
  callLog.call(ctx.log ?? channel.log, path, request)
  return bytes
}

function failed(target: Target, ctx: CallOptions, startMs: number, error: CsiError): CsiError {
  observe(target, ctx, startMs, error.code)
  callLog.error(ctx.log ?? target.channel.log, target.path, error)
  return error
}

function observe({ channel, path }: Target, ctx: CallOptions, startMs: number, code: Code): void {
  const seconds = (performance.now() - startMs) / 1_000
  channel.metrics?.observe(path, codeName(code), seconds, { migrated: ctx.migrated })
}

function wireOptions({ timeoutMs, trace }: CallOptions): {
  readonly deadlineMs: number
  readonly traceparent?: string | undefined
} {
  const isBounded = timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY
  const deadlineMs = isBounded ? Date.now() + Math.min(timeoutMs, longestTimeoutMs) : Number.POSITIVE_INFINITY
  return { deadlineMs, traceparent: trace?.traceparent }
}

/** A message that cannot be encoded or decoded, or a closed channel, on which the library throws. */
function toError(thrown: unknown): CsiError {
  if (thrown instanceof CsiError) return thrown
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  if (text === 'Channel has been shut down')
    return new CsiError(Code.Unavailable, 'the channel is closed', { cause: thrown })
  return new CsiError(Code.Internal, text, { cause: thrown })
}
