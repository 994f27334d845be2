import { backoffDelayMs, type Clock, linkSignals, sleep } from '@csi-ts/concurrency'
import type { WorkContext } from '@csi-ts/telemetry'
import { type Answer, readAll, retryAfterOf } from './answer.ts'
import type { ClientMetrics } from './client-metrics.ts'
import { ConnectionError } from './connection-error.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { Lane, Transport, TransportResponse } from './transport.ts'
import type { WarningLog } from './warning-log.ts'

/** One call of the API. */
export interface ApiRequest {
  /** The API's word for the call, e.g. `list`. */
  readonly verb: string
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  readonly lane: Lane
  /** Sending it twice does no harm, so that it is sent again when a connection is lost. */
  readonly isRepeatable: boolean
  readonly idleTimeoutMs?: number | undefined
}

/** An answer, and how it came. */
export interface ApiAnswer extends Answer {
  /** An earlier attempt was lost on the way and may have been carried out. */
  readonly isRepeat: boolean
}

/** Sends calls: waits for the rate limit, and repeats what may be repeated. */
export interface Requester {
  readonly server: string
  /** The whole answer, whatever its status. */
  send(request: ApiRequest, ctx: WorkContext): Promise<ApiAnswer>
  /** The head of the answer within the timeout; the body for as long as it takes. */
  open(request: ApiRequest, ctx: WorkContext): Promise<TransportResponse>
}

/** What a {@link Requester} is made of. */
export interface RequesterDeps {
  readonly server: string
  readonly userAgent: string
  readonly transport: Transport
  readonly limiter: RateLimiter | undefined
  readonly clock: Clock
  readonly metrics: ClientMetrics
  readonly warnings: WarningLog
  /** For a whole call: waiting for the rate limit, all attempts and the pauses between them. */
  readonly timeoutMs: number
}

/** As client-go. */
const maxRefusedAttempts = 10
const maxLostAttempts = 3
const lostBackoff = { baseMs: 50, maxMs: 1_000, jitter: 0.5 }

/** Makes a requester. */
export function createRequester(deps: RequesterDeps): Requester {
  const { server, transport, clock, timeoutMs } = deps

  const attempt = async (request: ApiRequest, signal: AbortSignal, ctx: WorkContext): Promise<TransportResponse> => {
    const startMs = clock.monotonicMs()
    const target = targetOf(request)
    let code = '<error>'
    try {
      const response = await transport.request(
        {
          method: request.method,
          path: target,
          headers: headersOf(request, deps.userAgent, ctx),
          body: request.body,
          lane: request.lane,
          idleTimeoutMs: request.idleTimeoutMs,
        },
        { signal },
      )
      code = String(response.status)
      deps.warnings.note(response.headers['warning'], ctx.log)
      return response
    } finally {
      const durationMs = clock.monotonicMs() - startMs
      deps.metrics.observe(request.method, code, durationMs)
      if (ctx.log.enabled(6)) {
        const milliseconds = Math.round(durationMs)
        ctx.log.v(6).info('response', { verb: request.method, url: `${server}${target}`, status: code, milliseconds })
      }
    }
  }

  /** Runs attempts until one has an answer that stands. */
  const repeat = async <A extends { status: number; headers: TransportResponse['headers'] }>(
    request: ApiRequest,
    ctx: WorkContext,
    signal: AbortSignal,
    once: () => Promise<A>,
    drop: (answer: A) => Promise<unknown>,
  ): Promise<A & { isRepeat: boolean }> => {
    const endMs = clock.monotonicMs() + timeoutMs
    let isRepeat = false
    let lost = 0
    for (let attempts = 1; ; attempts += 1) {
      await throttle(deps.limiter, signal, ctx)
      try {
        const answer = await once()
        const delayMs = isRefusal(answer.status) ? retryAfterOf(answer) : undefined
        const isLast = attempts >= maxRefusedAttempts || clock.monotonicMs() + (delayMs ?? 0) >= endMs
        if (delayMs === undefined || isLast) return { ...answer, isRepeat }
        await drop(answer)
        ctx.log
          .v(4)
          .info('server asks to wait', { verb: request.method, path: request.path, status: answer.status, delayMs })
        await sleep(delayMs, { signal, clock })
      } catch (error) {
        if (!mayRepeat(error, request) || lost >= maxLostAttempts) throw error
        ctx.log
          .v(4)
          .info('connection lost, sending again', { verb: request.method, path: request.path, reason: error.message })
        isRepeat ||= error.maybeDelivered
        // The first time at once: mostly an idle connection was closed at the very moment.
        if (lost > 0) await sleep(backoffDelayMs(lost, lostBackoff), { signal, clock })
        lost += 1
      }
    }
  }

  const deadline = (request: ApiRequest, ctx: WorkContext) => {
    const linked = linkSignals(ctx.signal)
    const timer = clock.setTimer(timeoutMs, () => {
      const text = `${server} has not answered ${request.method} ${request.path} within ${timeoutMs / 1000} s: check that it is up and not overloaded`
      linked.abort(new ConnectionError('timeout', text, { maybeDelivered: true }))
    })
    return { linked, timer }
  }

  return {
    server,
    async send(request, ctx): Promise<ApiAnswer> {
      ctx.signal.throwIfAborted()
      const { linked, timer } = deadline(request, ctx)
      const { signal } = linked
      try {
        const whole = async (): Promise<Answer> => {
          const { status, headers, body } = await attempt(request, signal, ctx)
          return { status, headers, body: await readAll(body) }
        }
        return await repeat(request, ctx, signal, whole, async () => {})
      } finally {
        timer.cancel()
        linked[Symbol.dispose]()
      }
    },
    async open(request, ctx): Promise<TransportResponse> {
      ctx.signal.throwIfAborted()
      const { linked, timer } = deadline(request, ctx)
      const { signal } = linked
      const release = (): void => linked[Symbol.dispose]()
      try {
        const response = await repeat(
          request,
          ctx,
          signal,
          () => attempt(request, signal, ctx),
          ({ body }) => readAll(body),
        )
        return { status: response.status, headers: response.headers, body: released(response.body, release) }
      } catch (error) {
        release()
        throw error
      } finally {
        timer.cancel()
      }
    },
  }
}

async function throttle(limiter: RateLimiter | undefined, signal: AbortSignal, ctx: WorkContext): Promise<void> {
  const waitedMs = (await limiter?.wait(signal)) ?? 0
  if (waitedMs > 50)
    ctx.log.v(3).info('client-side rate limit: waited before sending a request', { delayMs: Math.round(waitedMs) })
}

function isRefusal(status: number): boolean {
  return status === 429 || status === 503
}

function mayRepeat(error: unknown, request: ApiRequest): error is ConnectionError {
  if (!(error instanceof ConnectionError) || error.failure !== 'lost') return false
  return request.isRepeatable || !error.maybeDelivered
}

function targetOf({ path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value)
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

function headersOf(request: ApiRequest, userAgent: string, ctx: WorkContext): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ctx.trace === undefined ? {} : { traceparent: ctx.trace.traceparent }),
    ...request.headers,
  }
}

async function* released(body: AsyncIterable<Uint8Array>, release: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } finally {
    release()
  }
}
