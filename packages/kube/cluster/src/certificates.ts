import { webcrypto } from 'node:crypto'
import type * as X509 from '@peculiar/x509'

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority that lives as long as whoever holds it. */
export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string
  /** A certificate for a TLS server that is reached by these names and IPv4 addresses. */
  issueServer(names: readonly string[]): Promise<KeyedCertificate>
  /** A certificate that says who a client is. */
  issueClient(user: string, groups: readonly string[]): Promise<KeyedCertificate>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const lifetimeMs = 7 * 24 * 3_600_000

/** Creates an authority with a P-256 key; what it issues is valid for a week. The library is loaded on the first call. */
export async function createAuthority(name: string): Promise<CertificateAuthority> {
  const x509 = await loadLibrary()
  const keys = await createKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })

  async function issue(subject: X509.JsonName, usage: string, extensions: X509.Extension[]): Promise<KeyedCertificate> {
    const leaf = await createKeys()
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: root.subject,
      publicKey: leaf.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    })
    const key = await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey)
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
  }

  return {
    cert: root.toString('pem'),
    issueServer(names) {
      const alternatives = names.map((value) => ({
        type: isAddress(value) ? ('ip' as const) : ('dns' as const),
        value,
      }))
      return issue([{ CN: [names[0] ?? 'localhost'] }], x509.ExtendedKeyUsage.serverAuth, [
        new x509.SubjectAlternativeNameExtension(alternatives),
      ])
    },
    issueClient: (user, groups) =>
      issue([...groups.map((group) => ({ O: [group] })), { CN: [user] }], x509.ExtendedKeyUsage.clientAuth, []),
  }
}

async function loadLibrary(): Promise<typeof X509> {
  // The library's dependency container asks for decorator metadata, which is not part of Node. None of the classes that
  // it asks about here has any, so "none" is the whole truth.
  for (const name of ['getMetadata', 'getOwnMetadata']) {
    if (!(name in Reflect))
      Object.defineProperty(Reflect, name, { value: () => undefined, configurable: true, writable: true })
  }
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto)
  return x509
}

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function validity(): { notBefore: Date; notAfter: Date } {
  // A while back: a client's clock may run behind.
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + lifetimeMs) }
}

function isAddress(name: string): boolean {
  return /^\d+(\.\d+){3}$/.test(name)
}
