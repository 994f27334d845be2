import { type Clock, systemClock } from '@csi-ts/concurrency'
import type { KubeObject, ResourceType } from '@csi-ts/kube-api'
import { type Logger, type MetricsRegistry, silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { toApiError } from './answer.ts'
import type { KubeClient, RawRequest, RawResponse, ResourceClient } from './client.ts'
import { createClientMetrics } from './client-metrics.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { createHttpTransport } from './http-transport.ts'
import { createHttp2Transport } from './http2-transport.ts'
import { createRateLimiter, type RateLimit } from './rate-limit.ts'
import { createRequester, type RequesterDeps } from './requester.ts'
import { createResourceClient } from './resource-client.ts'
import type { Transport } from './transport.ts'
import { createWarningLog } from './warning-log.ts'

/** Settings of {@link createKubeClient}. */
export interface KubeClientOptions {
  readonly config: ClusterConfig
  /** `program/version`, for the server's audit log. */
  readonly userAgent: string
  /** `false`: HTTP/1.1 also where the server speaks HTTP/2. Default true. */
  readonly http2?: boolean | undefined
  /** Default: HTTP/2 or HTTP/1.1 over TLS, as `config` says and the server can. */
  readonly transport?: Transport | undefined
  /** Default: none; the server's own flow control is honoured in any case. */
  readonly rateLimit?: RateLimit | undefined
  /** For a whole call that is no watch, repeated attempts included. Default 60 s. */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
  readonly log?: Logger | undefined
  readonly metrics?: MetricsRegistry | undefined
}

/** Makes a client. Nothing is sent yet. Throws for a configuration that can never work. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { config, userAgent, clock = systemClock, log = silentLogger, timeoutMs = 60_000 } = options
  const createTransport = options.http2 === false ? createHttpTransport : createHttp2Transport
  const transport = options.transport ?? createTransport(config, { clock, log })
  const server = config.server.replace(/\/$/, '')
  const deps = {
    server,
    userAgent,
    transport,
    clock,
    metrics: createClientMetrics(options.metrics, new URL(server).host),
    warnings: createWarningLog(),
    timeoutMs,
  }
  return new RestClient(deps, options.rateLimit, () => transport.close())
}

class RestClient implements KubeClient {
  readonly server: string
  private readonly deps: Omit<RequesterDeps, 'limiter'>
  private readonly requester: ReturnType<typeof createRequester>
  private readonly onClose: () => void

  constructor(deps: Omit<RequesterDeps, 'limiter'>, limit: RateLimit | undefined, onClose: () => void) {
    this.server = deps.server
    this.deps = deps
    this.onClose = onClose
    const limiter = limit === undefined ? undefined : createRateLimiter(limit, deps.clock)
    this.requester = createRequester({ ...deps, limiter })
  }

  resource<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T> {
    return createResourceClient(type, this.requester, { onlyMetadata: false })
  }

  async raw(request: RawRequest, ctx: WorkContext): Promise<RawResponse> {
    const { body: content, ...parts } = request
    const body = typeof content === 'object' ? JSON.stringify(content) : content
    const verb = request.method
    const answer = await this.requester.send(
      { ...parts, body, verb, lane: 'pooled', isRepeatable: request.method === 'GET' },
      ctx,
    )
    if (answer.status >= 400) throw toApiError(answer, { server: this.server, verb, path: request.path })
    return { status: answer.status, headers: answer.headers, text: async () => answer.body.toString('utf8') }
  }

  withRateLimit(limit: RateLimit | undefined): KubeClient {
    return new RestClient(this.deps, limit, () => {})
  }

  close(): void {
    this.onClose()
  }
}
