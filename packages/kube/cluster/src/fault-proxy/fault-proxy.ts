import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { type Clock, systemClock } from '@csi-ts/concurrency'
import type { ClusterConfig } from '@csi-ts/kube-client'
import type { Logger } from '@csi-ts/telemetry'
import { parseRoute } from '../api-server/request-route.ts'
import { createAuthority } from '../certificates.ts'
import { renderKubeconfig } from '../kubeconfig.ts'
import { listenOnLoopback } from '../loopback-server.ts'
import type { SetFault } from '../port.ts'
import { carryOut, type Outcome, sendStatus } from './fault-actions.ts'
import { FaultRules, type ProxyFault } from './fault-rules.ts'
import { connectUpstream, type Upstream } from './upstream.ts'

/** What the proxy stands in front of. */
export interface FaultProxyOptions {
  /** Any API server, embedded or real. */
  readonly upstream: ClusterConfig
  readonly log: Logger
  /** Clock of delays. Default: the system's. */
  readonly clock?: Clock
}

/** A TLS proxy in front of an API server that makes requests fail in ways that are asked for. */
export interface FaultProxy extends AsyncDisposable {
  /** How clients reach the API server through the proxy, as the user of the upstream configuration. */
  readonly config: ClusterConfig
  /** The same as a kubeconfig file. */
  readonly kubeconfig: string
  /** Sets a fault. Faults that match the same request apply in the order in which they were set, one at a time. */
  fault(fault: ProxyFault): SetFault
  /** Ends all faults; what is held stays held until its own release. */
  clearFaults(): void
  /** Closes every connection that clients have now, watches and all. New ones are accepted. */
  dropConnections(): void
  close(): Promise<void>
}

/** Starts a proxy on a free loopback port, with a certificate authority of its own. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { log, clock = systemClock } = options
  const upstream = await connectUpstream(options.upstream)
  const authority = await createAuthority('fault-proxy-ca')
  const [serving, user] = await Promise.all([
    authority.issueServer(['localhost', '127.0.0.1']),
    authority.issueClient('fault-proxy', []),
  ])
  const rules = new FaultRules()
  const server = createServer(
    { ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      handle({ rules, upstream, clock }, request, response).catch((error: unknown) => {
        // To the client a server that cannot be reached behind us is a server that closed the connection.
        if (!response.destroyed) log.v(2).info('closing a connection', { error: String(error), path: request.url })
        response.destroy()
      })
    },
  )
  const loopback = await listenOnLoopback(server)
  const config: ClusterConfig = {
    server: `https://127.0.0.1:${loopback.port}`,
    ca: { data: authority.cert },
    clientCert: { data: user.cert },
    clientKey: { data: user.key },
    ...(options.upstream.namespace === undefined ? {} : { namespace: options.upstream.namespace }),
  }
  async function close(): Promise<void> {
    await loopback.close()
    upstream.close()
  }
  return {
    config,
    kubeconfig: renderKubeconfig({
      server: config.server,
      ca: authority.cert,
      clientCert: user.cert,
      clientKey: user.key,
    }),
    fault: (fault) => rules.set(fault),
    clearFaults: () => rules.clear(),
    dropConnections: () => loopback.dropConnections(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface ProxyDeps {
  readonly rules: FaultRules
  readonly upstream: Upstream
  readonly clock: Clock
}

async function handle(
  { rules, upstream, clock }: ProxyDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isKnown = (request.socket as TLSSocket).authorized || request.headers.authorization !== undefined
  if (!isKnown) return sendStatus(response, 401, 'Unauthorized', 'Unauthorized')
  const gone = new AbortController()
  response.on('close', () => gone.abort(new Error('the client has gone')))
  const route = parseRoute(request.method ?? 'GET', new URL(request.url ?? '/', 'https://localhost'))

  const isWatch = route.kind === 'resource' && route.verb === 'watch'
  const target = { response, clock, gone: gone.signal, isWatch }
  const applyFault = async (when: 'before' | 'after'): Promise<Outcome> => {
    const hit = route.kind === 'resource' ? rules.take(route, when) : undefined
    return hit === undefined ? 'unchanged' : await carryOut(hit, target)
  }

  const early = await applyFault('before')
  if (early === 'answered') return
  gone.signal.throwIfAborted()
  const answer = await upstream.forward(request, gone.signal)
  // Its head says that the request has been carried out.
  const late = await applyFault('after')
  if (late === 'answered') return
  gone.signal.throwIfAborted()
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  // A watch may stay silent for minutes; its client waits for the head.
  response.flushHeaders()
  const writer = [early, late].find((outcome) => typeof outcome === 'object')
  if (writer !== undefined && !isWatch) await writer.write(await readAll(answer))
  else for await (const chunk of answer) if (!response.write(chunk)) await drained(response, gone.signal)
  response.end()
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    response.once('drain', () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}
