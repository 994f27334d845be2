import { Buffer } from 'node:buffer'
import type { Transport, TransportRequest, TransportResponse } from '../transport.ts'
import { FakeStream } from './fake-stream.ts'

/** A request that reached the fake. */
export interface RecordedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown
  readonly lane: TransportRequest['lane']
  readonly idleTimeoutMs: number | undefined
}

/** What a request gets: a JSON value or text with a status (default 200), a stream, or an Error that the transport throws. */
export type FakeAnswer =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status?: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | FakeStream
  | Error

/** Answers a request, at once or later; it may also reject. */
export type FakeHandler = (request: RecordedRequest) => FakeAnswer | Promise<FakeAnswer>

interface Rule {
  readonly method: string
  readonly path: string | RegExp
  readonly answers: FakeHandler
  left: number
}

/** A transport whose answers a test scripts; what nobody scripted fails with an Error that names the request. */
export class FakeTransport implements Transport {
  /** Every request so far, in order. */
  readonly requests: RecordedRequest[] = []
  isClosed = false
  private readonly rules: Rule[] = []

  /**
   * Answers requests of this method and path (without the query). Rules are tried in the order in which they were added;
   * one that has served `times` requests (default: no limit) is skipped.
   */
  on(
    method: string,
    path: string | RegExp,
    answer: FakeAnswer | FakeHandler,
    options: { readonly times?: number } = {},
  ): this {
    const answers = typeof answer === 'function' ? answer : () => answer
    this.rules.push({ method, path, answers, left: options.times ?? Number.POSITIVE_INFINITY })
    return this
  }

  async request(request: TransportRequest, { signal }: { readonly signal: AbortSignal }): Promise<TransportResponse> {
    signal.throwIfAborted()
    const recorded = record(request)
    this.requests.push(recorded)
    const rule = this.rules.find(
      ({ method, path, left }) =>
        left > 0 &&
        method === request.method &&
        (typeof path === 'string' ? path === recorded.path : path.test(recorded.path)),
    )
    if (rule === undefined) throw new Error(`FakeTransport has no answer for ${request.method} ${request.path}`)
    rule.left -= 1
    const answer = await untilAborted(Promise.resolve(rule.answers(recorded)), signal)
    if (answer instanceof Error) throw answer
    if (answer instanceof FakeStream)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: answer.read(signal) }
    const text = 'json' in answer ? JSON.stringify(answer.json) : answer.text
    const type = 'json' in answer ? 'application/json' : 'text/plain'
    return { status: answer.status ?? 200, headers: { 'content-type': type, ...answer.headers }, body: chunks(text) }
  }

  close(): void {
    this.isClosed = true
  }
}

/** A Kubernetes Status as the API server sends it with an error. */
export function statusAnswer(
  code: number,
  reason: string,
  message: string = reason,
  headers: Readonly<Record<string, string>> = {},
): FakeAnswer {
  const json = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
  return { status: code, json, headers }
}

function record(request: TransportRequest): RecordedRequest {
  const url = new URL(request.path, 'http://fake')
  return {
    method: request.method,
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: request.body === undefined ? undefined : (JSON.parse(request.body) as unknown),
    lane: request.lane,
    idleTimeoutMs: request.idleTimeoutMs,
  }
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
