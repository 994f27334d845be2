import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { Clock } from '@csi-ts/concurrency'
import type { TokenSpec, UserInfo } from './api-call.ts'

/** Bearer tokens that the server knows: the administrator's, and those that it has issued. */
export interface Tokens {
  issue(spec: TokenSpec): string
  /** Whose token it is; undefined when it is not valid (any more). */
  verify(token: string): UserInfo | undefined
}

const issuer = 'https://kubernetes.default.svc'

/** Service account tokens are JWTs signed with a key of this server, made when the first one is asked for. */
export function createTokens(adminToken: string, clock: Clock): Tokens {
  let keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined
  return {
    issue({ namespace, serviceAccount, uid, audiences, expiresAtMs }) {
      keys ??= generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const nowSeconds = Math.floor(clock.now() / 1000)
      const claims = {
        aud: audiences,
        exp: Math.floor(expiresAtMs / 1000),
        iat: nowSeconds,
        iss: issuer,
        'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid } },
        nbf: nowSeconds,
        sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      }
      const text = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`
      const signature = sign('sha256', Buffer.from(text), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' })
      return `${text}.${signature.toString('base64url')}`
    },
    verify(token) {
      if (token === adminToken) return { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
      const [head, body, signature = ''] = token.split('.')
      if (keys === undefined || body === undefined) return undefined
      const key = { key: keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
      if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return undefined
      const { exp, sub } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { exp: number; sub: string }
      if (exp * 1000 <= clock.now()) return undefined
      const [, , namespace = ''] = sub.split(':')
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
      return { name: sub, groups }
    },
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
