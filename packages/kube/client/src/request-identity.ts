import { Buffer } from 'node:buffer'
import type { Clock } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'
import type { ClusterConfig, Credentials, DataSource } from './cluster-config.ts'
import { ConnectionError } from './connection-error.ts'
import { createFileSource } from './file-source.ts'

/** Who we are to the server, at this moment. */
export interface Identity {
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** PEM texts. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** Gives the identity for a request; `refresh` after the server has answered 401. */
export type IdentitySource = (options: { readonly refresh: boolean }) => Promise<Identity>

/** Follows the files and plugins of a cluster configuration. Rejects with a {@link ConnectionError} of kind `credentials`. */
export function createIdentitySource(
  config: ClusterConfig,
  deps: { readonly clock: Clock; readonly log: Logger },
): IdentitySource {
  const reader = (
    source: DataSource | undefined,
    what: string,
  ): ((refresh: boolean) => Promise<string | undefined>) => {
    if (source === undefined) return async () => undefined
    if ('data' in source) return async () => source.data
    const file = createFileSource(source.file, what, deps)
    return (refresh) => file.read({ refresh })
  }
  const readCa = reader(config.ca, 'CA certificate file')
  const readCert = reader(config.clientCert, 'client certificate file')
  const readKey = reader(config.clientKey, 'client key file')
  const readToken = reader(config.token, 'token file')
  const fixedHeaders = impersonation(config)

  return async ({ refresh }) => {
    try {
      const given: Credentials = (await config.credentials?.({ refresh })) ?? {}
      const token = given.token ?? (await readToken(refresh))?.trim()
      return {
        headers: { ...fixedHeaders, ...authorization(token, config) },
        ca: await readCa(refresh),
        cert: given.clientCert ?? (await readCert(refresh)),
        key: given.clientKey ?? (await readKey(refresh)),
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ConnectionError('credentials', `no credentials for ${config.server}: ${reason}`, {
        maybeDelivered: false,
        cause: error,
      })
    }
  }
}

function authorization(token: string | undefined, { basicAuth }: ClusterConfig): Record<string, string> {
  if (token !== undefined) {
    // Anything else would make Node quote the token in its error.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new Error('the token holds spaces or control characters')
    return { authorization: `Bearer ${token}` }
  }
  if (basicAuth === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64')}` }
}

function impersonation({ impersonate }: ClusterConfig): Record<string, string | readonly string[]> {
  if (impersonate === undefined) return {}
  const { user, groups = [] } = impersonate
  return { 'impersonate-user': user, ...(groups.length === 0 ? {} : { 'impersonate-group': groups }) }
}
