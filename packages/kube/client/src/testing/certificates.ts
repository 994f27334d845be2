import { webcrypto } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** What a certificate says. */
export interface CertificateRequest {
  readonly commonName: string
  /** Addresses and names of a server. Absent: a client's certificate. */
  readonly hosts?: readonly string[]
  /** Default: an hour from now. */
  readonly notAfter?: Date
}

/** A certificate authority for tests. */
export interface Authority {
  /** PEM. */
  readonly ca: string
  issue(request: CertificateRequest): Promise<KeyPair>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000

/** Makes an authority with a key of its own. */
export async function createAuthority(name: string): Promise<Authority> {
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const notBefore = new Date(Date.now() - 2 * hourMs)
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore,
    notAfter: new Date(Date.now() + hourMs),
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  return {
    ca: authority.toString('pem'),
    async issue({ commonName, hosts, notAfter = new Date(Date.now() + hourMs) }): Promise<KeyPair> {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const usage = hosts === undefined ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth
      const names = (hosts ?? []).map((host) => ({
        type: /^[\d.]+$|:/.test(host) ? ('ip' as const) : ('dns' as const),
        value: host,
      }))
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore,
        notAfter,
        extensions: [
          new x509.ExtendedKeyUsageExtension([usage]),
          ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        ],
      })
      const exported = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey))
      const lines = exported
        .toString('base64')
        .match(/.{1,64}/g)
        ?.join('\n')
      return {
        cert: certificate.toString('pem'),
        key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
      }
    },
  }
}

/** The library's container refuses to load without this part of the Reflect metadata proposal, and then asks it for nothing that matters. */
function loadX509(): Promise<typeof import('@peculiar/x509')> {
  const reflect = Reflect as { getMetadata?: unknown; getOwnMetadata?: unknown; defineMetadata?: unknown }
  reflect.getMetadata ??= () => undefined
  reflect.getOwnMetadata ??= () => undefined
  reflect.defineMetadata ??= () => {}
  return import('@peculiar/x509')
}
