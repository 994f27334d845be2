import { Buffer } from 'node:buffer'
import type { Status } from '@csi-ts/kube-api'
import { ApiError } from './api-error.ts'
import { ConnectionError } from './connection-error.ts'

/** A whole HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Which request an answer is for. */
export interface AnswerOf {
  readonly server: string
  readonly verb: string
  /** Without the query. */
  readonly path: string
}

/** Reads a body to its end. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The JSON object of a good answer. Throws `ApiError` for any other answer, `ConnectionError` when a good one is no JSON object. */
export function parseAnswer<T extends object>(answer: Answer, of: AnswerOf): T {
  if (answer.status >= 400) throw toApiError(answer, of)
  const value = answer.status < 300 ? parseObject(answer.body) : undefined
  if (value === undefined) throw new ConnectionError('protocol', strangeAnswer(answer, of), { maybeDelivered: true })
  return value as T
}

/** The error that an answer of 400 and above stands for. */
export function toApiError(answer: Answer, of: AnswerOf): ApiError {
  const { verb, path } = of
  const retryAfterMs = retryAfterOf(answer)
  const status: Partial<Status> | undefined = parseObject(answer.body)
  if (status?.kind !== 'Status') {
    return new ApiError({
      code: answer.status,
      reason: '',
      message: strangeAnswer(answer, of),
      verb,
      path,
      retryAfterMs,
    })
  }
  return statusError(status, { verb, path, code: answer.status, retryAfterMs })
}

/** The error that a Status object stands for. */
export function statusError(
  status: Partial<Status>,
  of: {
    readonly verb: string
    readonly path: string
    readonly code: number
    readonly retryAfterMs?: number | undefined
  },
): ApiError {
  const seconds = status.details?.retryAfterSeconds
  return new ApiError({
    code: status.code ?? of.code,
    reason: status.reason ?? '',
    message: status.message || status.reason || `the server answered ${of.code} without saying why`,
    details: status.details,
    retryAfterMs: of.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
    verb: of.verb,
    path: of.path,
  })
}

/** How long the server asks to wait before the request is sent again; undefined when it does not say (in seconds). */
export function retryAfterOf({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const text = headers['retry-after']?.trim() ?? ''
  return /^\d+$/.test(text) ? Number(text) * 1000 : undefined
}

/** What such a body says is not repeated: it may come from anybody, and hold anything. */
function strangeAnswer({ status, headers }: Answer, { server, verb, path }: AnswerOf): string {
  // What the real server says, in plain text, of a group, version or resource that it does not have.
  if (status === 404) {
    return `the server could not find the requested resource (${verb} ${path}): check that ${server} serves it in this version, or that its CRD is installed`
  }
  const type = headers['content-type']?.split(';')[0] ?? 'no content type'
  return `${server} answered ${path} with ${status} and ${type}, not as a Kubernetes API server does: check the server address and what stands in front of it`
}

function parseObject(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
