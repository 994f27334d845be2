import type { Logger } from '@csi-ts/telemetry'
import type { BoundMethod } from './bind-service.ts'
import { callLog } from './call-log.ts'
import type { CallMetrics } from './call-metrics.ts'
import { Code, codeName } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallContext, MessageCodec } from './definition.ts'
import { toCsiError } from './error-mapping.ts'

/** A call on its way to its handler. */
export interface InterceptedCall {
  /** Full path, `/csi.v1.Controller/CreateVolume`. */
  readonly method: string
  /** Name within the service, `CreateVolume`. */
  readonly name: string
  readonly request: unknown
  readonly ctx: CallContext
  /** Drops the caller's connection (on a server: every connection), so that it gets no answer. For tests of callers. */
  readonly dropConnections: () => void
}

/**
 * Stands around every call of a server. `next` runs the handler and resolves with its response (for a stream: with the
 * iterable); what the interceptor resolves with is sent, what it throws becomes the status.
 */
export type Interceptor = (call: InterceptedCall, next: () => Promise<unknown>) => Promise<unknown>

/** What every call of a server passes through. */
export interface Pipeline {
  readonly log: Logger
  readonly metrics?: CallMetrics | undefined
  readonly intercept?: Interceptor | undefined
  readonly dropConnections: () => void
}

/**
 * Answers a unary call.
 * @returns the encoded response
 * @throws CsiError, whatever went wrong
 */
export function answerUnary(
  pipeline: Pipeline,
  method: BoundMethod,
  request: unknown,
  ctx: CallContext,
): Promise<Buffer> {
  return observed(pipeline, method, request, async () => {
    const response = complete(method.definition.responseType, await run(pipeline, method, request, ctx))
    const bytes = encode(method.definition.responseType, response)
    callLog.response(pipeline.log, method.path, response)
    return bytes
  })
}

/**
 * Answers a server-streaming call: hands each encoded message to `write` and waits for it before it takes the next.
 * @throws CsiError, whatever went wrong; the stream must then end with that status
 */
export function answerStream(
  pipeline: Pipeline,
  method: BoundMethod,
  request: unknown,
  ctx: CallContext,
  write: (message: Buffer) => Promise<void>,
): Promise<void> {
  return observed(pipeline, method, request, async () => {
    const responses = (await run(pipeline, method, request, ctx)) as AsyncIterable<unknown>
    for await (const partial of responses) {
      ctx.signal.throwIfAborted()
      await write(encode(method.definition.responseType, complete(method.definition.responseType, partial)))
    }
    ctx.signal.throwIfAborted() // a handler that stopped because its caller left has not sent everything
  })
}

async function observed<T>(
  pipeline: Pipeline,
  method: BoundMethod,
  request: unknown,
  answer: () => Promise<T>,
): Promise<T> {
  const startMs = performance.now()
  let code: Code = Code.OK
  try {
    callLog.call(pipeline.log, method.path, request)
    return await answer()
  } catch (thrown) {
    const error = toCsiError(thrown)
    code = error.code
    if (error !== thrown && code === Code.Internal) {
      const stack = thrown instanceof Error ? { stack: thrown.stack } : {}
      pipeline.log.error('handler failed', thrown, { method: method.path, ...stack })
    } else {
      callLog.error(pipeline.log, method.path, error)
    }
    throw error
  } finally {
    pipeline.metrics?.observe(method.path, codeName(code), (performance.now() - startMs) / 1000)
  }
}

async function run(pipeline: Pipeline, method: BoundMethod, request: unknown, ctx: CallContext): Promise<unknown> {
  const { handler } = method
  if (handler === undefined) {
    throw new CsiError(Code.Unimplemented, `the driver does not implement ${method.definition.name}`)
  }
  const next = async (): Promise<unknown> => await handler(request, ctx)
  if (pipeline.intercept === undefined) return await next()
  const { dropConnections } = pipeline
  const call = { method: method.path, name: method.definition.name, request, ctx, dropConnections }
  return await pipeline.intercept(call, next)
}

/** Fills what a handler or a caller left out with zero values. */
export function complete(codec: MessageCodec, partial: unknown): unknown {
  return codec.fromPartial((partial ?? {}) as never)
}

/** The bytes of a complete message. */
export function encode(codec: MessageCodec, message: unknown): Buffer {
  const bytes = codec.encode(message as never).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
