import { webcrypto } from 'node:crypto'

/** A certificate that signs itself, and its key, PEM. */
export interface SelfSigned {
  readonly cert: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const lifetimeMs = 24 * 3_600_000

/** Makes a certificate for a TLS server on 127.0.0.1, with a P-256 key; clients trust it as an authority. */
export async function createSelfSigned(): Promise<SelfSigned> {
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=bench',
    keys,
    notBefore: new Date(Date.now() - lifetimeMs),
    notAfter: new Date(Date.now() + lifetimeMs),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const lines = pkcs8.replaceAll(/.{64}/g, '$&\n')
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  }
}

/** The library's container refuses to load without this part of the Reflect metadata proposal, and then hardly uses it. */
function loadX509(): Promise<typeof import('@peculiar/x509')> {
  const reflect = Reflect as { getMetadata?: unknown; getOwnMetadata?: unknown; defineMetadata?: unknown }
  reflect.getMetadata ??= () => undefined
  reflect.getOwnMetadata ??= () => undefined
  reflect.defineMetadata ??= () => {}
  return import('@peculiar/x509')
}
