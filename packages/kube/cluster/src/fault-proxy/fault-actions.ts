import type { ServerResponse } from 'node:http'
import { type Clock, sleep } from '@csi-ts/concurrency'
import type { Hit } from './fault-rules.ts'

/** What an action works on. */
export interface ActionTarget {
  readonly response: ServerResponse
  readonly clock: Clock
  /** Fires when the client has closed its connection. */
  readonly gone: AbortSignal
  readonly isWatch: boolean
}

/** How a request goes on after an action: it has its answer, or gets the real one, as it comes or written in this way. */
export type Outcome = 'answered' | 'unchanged' | { write(body: Buffer): Promise<void> }

/** Does to a request what a fault says. Rejects when the client goes while it waits. */
export async function carryOut({ action, released }: Hit, target: ActionTarget): Promise<Outcome> {
  const { response, clock, gone, isWatch } = target
  switch (action.kind) {
    case 'hold':
      await unlessGone(released, gone)
      return 'unchanged'
    case 'delay':
      await sleep(action.ms, { signal: gone, clock })
      return 'unchanged'
    case 'fail': {
      const reason = action.reason ?? reasons[action.code] ?? ''
      sendStatus(response, action.code, reason, `the fault proxy answers ${action.code}`, action.retryAfterSeconds)
      return 'answered'
    }
    case 'cut':
      response.destroy()
      return 'answered'
    case 'kill':
      await action.component.kill()
      response.destroy()
      return 'answered'
    case 'half-open':
      await unlessGone(released, gone)
      response.destroy()
      return 'answered'
    case 'expired':
      sendExpired(response, isWatch)
      return 'answered'
    case 'slow-body':
      return {
        async write(body) {
          for (let start = 0; start < body.length; start += action.bytes) {
            response.write(body.subarray(start, start + action.bytes))
            await sleep(action.intervalMs, { signal: gone, clock })
          }
        },
      }
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** Answers with a Status. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  retryAfterSeconds?: number,
): void {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...details,
      code,
    }),
  )
}

function sendExpired(response: ServerResponse, isWatch: boolean): void {
  const message = 'too old resource version'
  if (!isWatch) {
    sendStatus(response, 410, 'Expired', message)
    return
  }
  const object = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Expired',
    code: 410,
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
}

function unlessGone(waited: Promise<void>, gone: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onGone = () => reject(gone.reason as Error)
    if (gone.aborted) return onGone()
    gone.addEventListener('abort', onGone, { once: true })
    void waited.then(() => {
      gone.removeEventListener('abort', onGone)
      resolve()
    })
  })
}
