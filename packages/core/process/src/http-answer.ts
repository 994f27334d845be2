import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { linkSignals } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'

/** A request, as far as health and metrics need to know it. Bodies are read and thrown away. */
export interface EndpointRequest {
  readonly method: string
  readonly url: URL
  /** Fires when the client has gone or the server is closed by force. */
  readonly signal: AbortSignal
}

/** An answer. */
export interface EndpointResponse {
  readonly status: number
  /** Default `text/plain; charset=utf-8`. */
  readonly contentType?: string
  readonly body: string
}

/** Answers one path. What it throws is logged and answered with 500 and no detail. */
export type EndpointHandler = (request: EndpointRequest) => Promise<EndpointResponse> | EndpointResponse

/** Settings of one path. */
export interface HandleOptions {
  /** Default GET and HEAD. */
  readonly methods?: 'any' | readonly string[]
}

/** One path of a server. */
export interface Route {
  readonly handler: EndpointHandler
  readonly methods: 'any' | readonly string[]
}

/** Larger request bodies are refused: nothing here takes one. */
const maxRequestBytes = 65_536
/** Smaller answers are not worth compressing. */
const minGzipLength = 1_024

/** Finds the route, runs it and sends what it says. Never rejects. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, Route>,
  closing: AbortSignal,
  log: Logger,
): Promise<void> {
  const gone = linkSignals(closing)
  response.on('close', () => gone.abort(new Error('the client has gone')))
  response.on('error', () => {}) // the client has gone: nobody is left to tell
  refuseLongBody(request)
  const { method = 'GET' } = request
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  const route = url === null ? undefined : routeOf(routes, url.pathname)
  try {
    if (url === null) {
      send(request, response, { status: 400, body: 'Bad Request\n' })
    } else if (route === undefined) {
      send(request, response, { status: 404, body: '404 page not found\n' })
    } else if (route.methods !== 'any' && !route.methods.includes(method)) {
      response.setHeader('Allow', route.methods.join(', '))
      send(request, response, { status: 405, body: 'Method Not Allowed\n' })
    } else {
      send(request, response, await route.handler({ method, url, signal: gone.signal }))
    }
  } catch (error) {
    log.error('request failed', error, { method, path: url?.pathname })
    send(request, response, { status: 500, body: 'internal server error\n' })
  } finally {
    gone[Symbol.dispose]()
  }
}

function refuseLongBody(request: IncomingMessage): void {
  let lengthBytes = 0
  request.on('data', (chunk: Buffer) => {
    lengthBytes += chunk.length
    if (lengthBytes > maxRequestBytes) request.destroy()
  })
}

// The longest path wins, as in Go's mux.
function routeOf(routes: ReadonlyMap<string, Route>, path: string): Route | undefined {
  const exact = routes.get(path)
  if (exact !== undefined) return exact
  const above = [...routes].filter(([prefix]) => prefix.endsWith('/') && path.startsWith(prefix))
  return above.toSorted(([a], [b]) => b.length - a.length)[0]?.[1]
}

function send(request: IncomingMessage, response: ServerResponse, answer: EndpointResponse): void {
  if (response.headersSent || response.destroyed) return
  const packs = answer.body.length >= minGzipLength && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const body = packs ? gzipSync(answer.body) : Buffer.from(answer.body)
  if (packs) response.setHeader('Content-Encoding', 'gzip')
  response.setHeader('Content-Type', answer.contentType ?? 'text/plain; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.writeHead(answer.status)
  response.end(body)
}
