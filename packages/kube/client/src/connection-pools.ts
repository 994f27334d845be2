import { X509Certificate } from 'node:crypto'
import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ClusterConfig, DataSource } from './cluster-config.ts'
import { ConnectionError } from './connection-error.ts'
import type { Identity } from './request-identity.ts'
import type { Lane } from './transport.ts'

type Agent = HttpAgent | HttpsAgent

/** The connections of one identity: a certificate belongs to a connection, not to a request. */
export interface ConnectionPools {
  readonly agents: Readonly<Record<Lane, Agent>>
  /** Whether connections made here are good for this identity. */
  fits(identity: Identity): boolean
  /** Lets requests in flight finish, and their connections end with them. */
  retire(): void
  /** Ends every connection now. */
  destroy(): void
}

/** Idle connections end before the API server ends them (90 s), so that a request rarely meets a closing one. */
const idleConnectionMs = 60_000

/** Makes pools for an identity. Throws a {@link ConnectionError} when certificates or key cannot be used. */
export function createConnectionPools(
  config: ClusterConfig,
  identity: Identity,
  maxConnections: number,
): ConnectionPools {
  const options: AgentOptions = { keepAlive: true, scheduling: 'lifo', timeout: idleConnectionMs }
  const isTls = config.server.startsWith('https:')
  const tls = isTls ? { secureContext: secureContext(config, identity), ...tlsChecks(config) } : {}
  const agent = (sockets: AgentOptions): Agent =>
    isTls ? new HttpsAgent({ ...options, ...sockets, ...tls }) : new HttpAgent({ ...options, ...sockets })
  const agents: Record<Lane, Agent> = {
    pooled: agent({ maxSockets: Math.max(1, maxConnections - 1) }),
    reserved: agent({ maxSockets: 1 }),
    own: agent({ maxFreeSockets: 4 }),
  }
  const all = Object.values(agents)
  return {
    agents,
    fits: ({ ca, cert, key }) => ca === identity.ca && cert === identity.cert && key === identity.key,
    retire(): void {
      for (const old of all) {
        // An agent that keeps nothing alive closes each connection after its request. Not in the type declarations.
        ;(old as { keepAlive?: boolean }).keepAlive = false
        for (const idle of Object.values(old.freeSockets).flat()) idle?.destroy()
      }
    },
    destroy(): void {
      for (const open of all) open.destroy()
    },
  }
}

function tlsChecks(config: ClusterConfig): { rejectUnauthorized: boolean; servername?: string } {
  return {
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
  }
}

/** Every certificate is looked at, because OpenSSL takes a CA text without any in it, and then trusts nobody. */
function secureContext(config: ClusterConfig, { ca, cert, key }: Identity): SecureContext {
  const attempt = <R>(what: string, source: DataSource | undefined, use: () => R): R => {
    try {
      return use()
    } catch (cause) {
      const where = source !== undefined && 'file' in source ? ` ${source.file}` : ''
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ConnectionError('credentials', `${config.server}: the ${what}${where} cannot be used: ${reason}`, {
        maybeDelivered: false,
        cause,
      })
    }
  }
  if (ca !== undefined) attempt('CA certificate', config.ca, () => parseCertificates(ca))
  return attempt('client certificate or key', config.clientCert ?? config.clientKey, () =>
    createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
  )
}

function parseCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[\s\S]+?-----END [A-Z0-9 ]*CERTIFICATE-----/g)
  if (blocks === null) throw new Error('there is no PEM certificate in it')
  return blocks.map((block) => new X509Certificate(block))
}
