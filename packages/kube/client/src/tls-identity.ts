import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'
import type { ClusterConfig, DataSource } from './cluster-config.ts'
import { ConnectionError } from './connection-error.ts'
import type { Identity } from './request-identity.ts'

/** TLS settings of the connections of one identity, as `tls.connect` takes them. */
export interface TlsSettings {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
  /** Name that the server is asked for; absent for an address. */
  readonly servername?: string
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined
}

/** Settings for the API server. Throws a {@link ConnectionError} when certificates or key cannot be used. */
export function tlsForServer(config: ClusterConfig, identity: Identity, host: string): TlsSettings {
  return {
    secureContext: secureContext(config, identity),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    ...expecting(config.tlsServerName ?? host),
  }
}

/** Settings for an https proxy: it may be signed by the cluster's authority, as for client-go, or by one of the system's. */
export function tlsForProxy(config: ClusterConfig, { ca }: Identity, host: string): TlsSettings {
  return {
    secureContext: createSecureContext(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    ...expecting(host),
  }
}

/** The certificate must be for this name or address, wherever the connection goes. */
function expecting(name: string): Pick<TlsSettings, 'servername' | 'checkServerIdentity'> {
  return {
    ...(isIP(name) > 0 ? {} : { servername: name }),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
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

/** When the client certificate has expired; undefined while it is good, or there is none. */
export function expiryOfClient({ cert }: Identity, nowMs: number): Date | undefined {
  const validTo = cert === undefined ? undefined : parseCertificates(cert)[0]?.validToDate
  return validTo !== undefined && validTo.getTime() < nowMs ? validTo : undefined
}

function parseCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[\s\S]+?-----END [A-Z0-9 ]*CERTIFICATE-----/g)
  if (blocks === null) throw new Error('there is no PEM certificate in it')
  return blocks.map((block) => new X509Certificate(block))
}
