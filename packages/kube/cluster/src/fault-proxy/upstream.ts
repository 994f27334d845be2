import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { ClusterConfig, DataSource } from '@csi-ts/kube-client'

/** The API server behind the proxy. */
export interface Upstream {
  /** Sends a request on and resolves with the head of the answer. Fails when the server cannot be reached. */
  forward(request: IncomingMessage, signal: AbortSignal): Promise<IncomingMessage>
  close(): void
}

/** Headers that belong to one connection and are not passed on. */
const hopHeaders = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'host']

/**
 * Connects to an API server with the credentials of a cluster configuration. A request that brings a bearer token keeps
 * it; any other is sent as the configuration's user. Credential plugins and proxies are not supported.
 */
export async function connectUpstream(config: ClusterConfig): Promise<Upstream> {
  const [ca, cert, key, token] = await Promise.all([
    readSource(config.ca),
    readSource(config.clientCert),
    readSource(config.clientKey),
    readSource(config.token),
  ])
  const agent = new Agent({
    keepAlive: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(config.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
    ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
  })
  const base = config.server.replace(/\/$/, '')
  return {
    forward(request, signal) {
      const headers = { ...request.headers }
      for (const name of hopHeaders) delete headers[name]
      if (headers.authorization === undefined && token !== undefined) headers.authorization = `Bearer ${token.trim()}`
      return new Promise((resolve, reject) => {
        const outgoing = httpsRequest(`${base}${request.url ?? '/'}`, {
          agent,
          method: request.method ?? 'GET',
          headers,
        })
        // Not as the request's own signal: Node ties that to the socket, which goes on to serve other requests. And
        // without the reason: a socket that has just become idle has nobody who listens to its errors.
        const onGone = () => outgoing.destroy()
        if (signal.aborted) onGone()
        signal.addEventListener('abort', onGone, { once: true })
        outgoing.once('close', () => signal.removeEventListener('abort', onGone))
        outgoing.on('response', resolve)
        outgoing.on('error', reject)
        request.on('error', reject)
        request.pipe(outgoing)
      })
    },
    close: () => agent.destroy(),
  }
}

async function readSource(source: DataSource | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined
  return 'data' in source ? source.data : await readFile(source.file, 'utf8')
}
