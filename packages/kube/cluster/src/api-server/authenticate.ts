import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { UserInfo } from './api-call.ts'
import { StatusError } from './status-error.ts'
import type { Tokens } from './tokens.ts'

const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
/** What everybody may read. */
const publicPaths = ['/healthz', '/livez', '/readyz', '/version']

/**
 * Who sends a request: by bearer token, else by client certificate, else nobody. Whoever is known may do everything.
 *
 * @throws StatusError 401 for a token that is not valid, 403 for nobody asking for more than health and version.
 */
export function authenticate(request: IncomingMessage, path: string, tokens: Tokens): UserInfo {
  const authorization = request.headers.authorization ?? ''
  if (authorization.startsWith('Bearer ')) {
    const user = tokens.verify(authorization.slice('Bearer '.length).trim())
    if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized')
    return user
  }
  const known = userOfCertificate(request.socket as TLSSocket)
  if (known !== undefined) return known
  if (publicPaths.some((open) => path === open || path.startsWith(`${open}/`))) return anonymous
  const what = `User "system:anonymous" cannot ${(request.method ?? 'GET').toLowerCase()} path "${path}"`
  throw new StatusError(403, 'Forbidden', `forbidden: ${what}`, {})
}

/** A connection's certificate never changes, and taking it apart costs more than a small request. */
const usersBySocket = new WeakMap<TLSSocket, UserInfo>()

function userOfCertificate(socket: TLSSocket): UserInfo | undefined {
  const found = usersBySocket.get(socket)
  if (found !== undefined || !socket.authorized) return found
  const { CN = '', O = [] } = socket.getPeerCertificate().subject as { CN?: string; O?: string | string[] }
  const user = { name: CN, groups: [...(typeof O === 'string' ? [O] : O), 'system:authenticated'] }
  usersBySocket.set(socket, user)
  return user
}
