import { silentLogger } from '@csi-ts/telemetry'
import { bindService } from '../bind-service.ts'
import { ServerCallContext } from '../call-context.ts'
import { Code, toCode } from '../code.ts'
import { CsiError } from '../csi-error.ts'
import type { CallOptions, Client, Handlers, MethodDefinition, ServiceDefinition } from '../definition.ts'
import { canceled, canceledText, deadlineText, toCsiError, toStatus } from '../error-mapping.ts'
import { complete, encode } from '../message-codec.ts'
import { answerStream, answerUnary, type Interceptor, type Pipeline } from '../pipeline.ts'

/**
 * A client that calls handlers in the same process: real messages and real error mapping, without a socket. What a
 * driver's specs use.
 */
export function inMemoryClient<Def extends ServiceDefinition>(
  definition: Def,
  handlers: Partial<Handlers<Def>>,
  options: { readonly intercept?: Interceptor | undefined } = {},
): Client<Def> {
  const bound = bindService(definition, handlers)
  const methods = Object.keys(definition.methods).map((key, index) => {
    const method = bound.methods[index]
    if (method === undefined) throw new Error(`unbound method ${key}`)
    const arrive = (partial: unknown, ctx: CallOptions) =>
      arriving(method.path, method.definition, partial, ctx, options)
    const unary = async (partial: unknown, ctx: CallOptions): Promise<unknown> => {
      const { request, call, pipeline } = arrive(partial, ctx)
      return await bounded(call, ctx, async () => {
        const bytes = await answerUnary(pipeline, method, request, call)
        return method.definition.responseType.decode(bytes)
      })
    }
    const streaming = async function* (partial: unknown, ctx: CallOptions): AsyncGenerator {
      const { request, call, pipeline } = arrive(partial, ctx)
      const received: unknown[] = []
      await bounded(call, ctx, () =>
        answerStream(pipeline, method, request, call, async (bytes) => {
          received.push(method.definition.responseType.decode(bytes))
        }),
      )
      yield* received
    }
    return [key, method.definition.responseStream ? streaming : unary] as const
  })
  return Object.fromEntries(methods) as unknown as Client<Def>
}

function arriving(
  path: string,
  method: MethodDefinition,
  partial: unknown,
  ctx: CallOptions,
  { intercept }: { readonly intercept?: Interceptor | undefined },
): { readonly request: unknown; readonly call: ServerCallContext; readonly pipeline: Pipeline } {
  const log = ctx.log ?? silentLogger
  const request = method.requestType.decode(encode(method.requestType, complete(method.requestType, partial)))
  const deadlineMs = ctx.timeoutMs === undefined ? undefined : Date.now() + ctx.timeoutMs
  const call = new ServerCallContext({ method: path, log, deadlineMs, trace: ctx.trace })
  return {
    request,
    call,
    pipeline: { log, intercept, dropConnections: () => call.abort(lost()) },
  }
}

function lost(): CsiError {
  return new CsiError(Code.Unavailable, 'the connection was lost')
}

/** Ends the call when its caller gives up or its connection is dropped, as a socket would, whatever the handler does. */
async function bounded<T>(call: ServerCallContext, ctx: CallOptions, answer: () => Promise<T>): Promise<T> {
  if (ctx.signal?.aborted === true) throw canceled(ctx.signal)
  const onAbort = (): void => call.abort(new CsiError(Code.Canceled, canceledText))
  const late = (): void => call.abort(new CsiError(Code.DeadlineExceeded, deadlineText))
  ctx.signal?.addEventListener('abort', onAbort)
  const timer = ctx.timeoutMs === undefined ? undefined : setTimeout(late, ctx.timeoutMs)
  const ended = new Promise<never>((_resolve, reject) => {
    call.signal.addEventListener('abort', () => reject(call.signal.reason))
  })
  try {
    return await Promise.race([answer(), ended])
  } catch (thrown) {
    const status = toStatus(toCsiError(thrown))
    throw new CsiError(toCode(status.code), status.details)
  } finally {
    clearTimeout(timer)
    ctx.signal?.removeEventListener('abort', onAbort)
  }
}
