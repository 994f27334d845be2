import { randomBytes } from 'node:crypto'
import { createServer } from 'node:https'
import { type Clock, systemClock } from '@csi-ts/concurrency'
import { type ClusterConfig, createKubeClient, type KubeClient } from '@csi-ts/kube-client'
import { type Logger, silentLogger } from '@csi-ts/telemetry'
import { createAuthority } from '../certificates.ts'
import { renderKubeconfig } from '../kubeconfig.ts'
import { listenOnLoopback } from '../loopback-server.ts'
import type { ApiState } from './api-call.ts'
import { serveCustomResources } from './custom/serve-custom-resources.ts'
import { handleRequest } from './handle-request.ts'
import { createRequestRecording, type RequestRecording } from './request-recording.ts'
import { ResourceRegistry } from './resource-registry.ts'
import { sendAnswer } from './send-answer.ts'
import { Store } from './store.ts'
import { createTokens } from './tokens.ts'

/** How the server behaves. */
export interface EmbeddedClusterOptions {
  /** Clock of timestamps, bookmarks and watch timeouts. Default: the system's. */
  readonly clock?: Clock
  /** Gets faults of the server itself, not what clients do wrong. Default: nowhere. */
  readonly log?: Logger
  /** Changes that a watch can be resumed across, per resource, at least. Default 10,000. */
  readonly historyLimit?: number
  /** How often a watch that allows bookmarks gets one. Default 60 s, about what the real server does. */
  readonly bookmarkIntervalMs?: number
}

/** A Kubernetes API server in this process, alone: no controllers, no scheduler, no nodes. */
export interface EmbeddedApiServer extends AsyncDisposable {
  /** An administrator, by client certificate. */
  readonly config: ClusterConfig
  /** The same as a kubeconfig file, with a token as well for clients that want one. */
  readonly kubeconfig: string
  /** A bearer token of the administrator. */
  readonly token: string
  /** A client of the administrator; the caller closes it, or lets {@link EmbeddedApiServer.close} do so. */
  client(userAgent?: string): KubeClient
  /** What was asked of the server so far. */
  readonly requests: RequestRecording
  /** Makes every resource version so far too old: resumed watches and later pages of lists get 410. */
  forgetHistory(): void
  /** Ends watches and connections, and stops listening. */
  close(): Promise<void>
}

/** Starts the server on a free loopback port, over TLS. It has the namespaces of a new cluster and nothing else. */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedApiServer> {
  const { clock = systemClock, log = silentLogger, historyLimit = 10_000, bookmarkIntervalMs = 60_000 } = options
  const authority = await createAuthority('embedded-cluster-ca')
  const [serving, admin] = await Promise.all([
    authority.issueServer(['localhost', '127.0.0.1', 'kubernetes', 'kubernetes.default.svc']),
    authority.issueClient('admin', ['system:masters']),
  ])
  const token = randomBytes(24).toString('base64url')
  const tokens = createTokens(token, clock)
  const stopped = new AbortController()
  const store = new Store(historyLimit)
  const state: ApiState = {
    store,
    registry: new ResourceRegistry(),
    clock,
    bookmarkIntervalMs,
    stopped: stopped.signal,
    issueToken: (spec) => tokens.issue(spec),
  }
  createFirstObjects(state)
  serveCustomResources(state)
  const { recording, add: record } = createRequestRecording()
  const onFault = (error: unknown) => log.error('request failed', error)
  const server = createServer(
    { ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: false, keepAliveTimeout: 60_000 },
    (request, response) => {
      handleRequest({ state, tokens, record, onFault }, request)
        .then((answer) => sendAnswer(answer, response))
        .catch((error: unknown) => {
          onFault(error)
          response.destroy()
        })
    },
  )
  const loopback = await listenOnLoopback(server)
  const config: ClusterConfig = {
    server: `https://127.0.0.1:${loopback.port}`,
    ca: { data: authority.cert },
    clientCert: { data: admin.cert },
    clientKey: { data: admin.key },
  }
  const clients = new Set<KubeClient>()
  async function close(): Promise<void> {
    stopped.abort()
    for (const client of clients) client.close()
    await loopback.close()
  }
  return {
    config,
    token,
    kubeconfig: renderKubeconfig({
      server: config.server,
      ca: authority.cert,
      clientCert: admin.cert,
      clientKey: admin.key,
    }),
    client(userAgent = 'embedded-cluster') {
      const client = createKubeClient({ config, userAgent, clock, log })
      clients.add(client)
      return client
    },
    requests: recording,
    forgetHistory: () => store.forgetHistory(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function createFirstObjects({ store, clock }: ApiState): void {
  const creationTimestamp = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    store.write('/namespaces', name, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: crypto.randomUUID(), creationTimestamp, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  }
}
