import type { Logger } from '@csi-ts/telemetry'
import type { BoundMethod } from './bind-service.ts'
import { callLog } from './call-log.ts'
import type { CallMetrics } from './call-metrics.ts'
import { Code, codeName } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallContext } from './definition.ts'
import { toCsiError } from './error-mapping.ts'
import { complete, encode } from './message-codec.ts'

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
export async function answerUnary(
  pipeline: Pipeline,
  method: BoundMethod,
  request: unknown,
  ctx: CallContext,
): Promise<Buffer> {
  const startMs = performance.now()
  const { responseType } = method.definition
  try {
    callLog.call(pipeline.log, method.path, request)
    const response = complete(responseType, await run(pipeline, method, request, ctx))
    const bytes = encode(responseType, response)
    callLog.response(pipeline.log, method.path, response)
    observe(pipeline, method, startMs, Code.OK)
    return bytes
  } catch (thrown) {
    throw failed(pipeline, method, startMs, thrown)
  }
}

/**
 * Answers a server-streaming call: hands each encoded message to `write` and waits for it before it takes the next.
 * @throws CsiError, whatever went wrong; the stream must then end with that status
 */
export async function answerStream(
  pipeline: Pipeline,
  method: BoundMethod,
  request: unknown,
  ctx: CallContext,
  write: (message: Buffer) => Promise<void>,
): Promise<void> {
  const startMs = performance.now()
  const { responseType } = method.definition
  try {
    callLog.call(pipeline.log, method.path, request)
    for await (const partial of (await run(pipeline, method, request, ctx)) as AsyncIterable<unknown>) {
      ctx.signal.throwIfAborted()
      await write(encode(responseType, complete(responseType, partial)))
    }
    ctx.signal.throwIfAborted() // a handler that stopped because its caller left has not sent everything
    observe(pipeline, method, startMs, Code.OK)
  } catch (thrown) {
    throw failed(pipeline, method, startMs, thrown)
  }
}

/** Runs the handler; not an async function, because this is on the way of every call. */
function run(pipeline: Pipeline, method: BoundMethod, request: unknown, ctx: CallContext): unknown {
  const { handler, path, definition } = method
  if (handler === undefined) {
    throw new CsiError(Code.Unimplemented, `the driver does not implement ${definition.name}`)
  }
  const { intercept, dropConnections } = pipeline
  if (intercept === undefined) return handler(request, ctx)
  const next = async (): Promise<unknown> => await handler(request, ctx)
  return intercept({ method: path, name: definition.name, request, ctx, dropConnections }, next)
}

/** Logs and counts a failure; what nobody expected is logged with its stack, and only there. */
function failed(pipeline: Pipeline, method: BoundMethod, startMs: number, thrown: unknown): CsiError {
  const error = toCsiError(thrown)
  if (error !== thrown && error.code === Code.Internal) {
    const stack = thrown instanceof Error ? { stack: thrown.stack } : {}
    pipeline.log.error('handler failed', thrown, { method: method.path, ...stack })
  } else {
    callLog.error(pipeline.log, method.path, error)
  }
  observe(pipeline, method, startMs, error.code)
  return error
}

function observe({ metrics }: Pipeline, method: BoundMethod, startMs: number, code: Code): void {
  metrics?.observe(method.path, codeName(code), (performance.now() - startMs) / 1_000)
}
