import { type ObjectRef, resources, type TokenRequest } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import type { KubeClient } from './client.ts'

/** Which token. */
export interface TokenOptions {
  /** Whom it is for; empty: the API server itself. */
  readonly audiences?: readonly string[] | undefined
  /** The server's default is an hour, its minimum ten minutes. */
  readonly expirationSeconds?: number | undefined
  /** The token dies with this object. */
  readonly boundObject?: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly uid?: string
  }
}

/** Has a token made for a service account. Keep it as a secret: never in a log or an error. */
export async function requestToken(
  client: KubeClient,
  serviceAccount: ObjectRef,
  options: TokenOptions,
  ctx: WorkContext,
): Promise<{ token: string; expirationTimestamp: string }> {
  const { audiences = [], expirationSeconds, boundObject } = options
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: [...audiences],
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
      ...(boundObject === undefined ? {} : { boundObjectRef: boundObject }),
    },
  }
  const { status } = await client
    .resource(resources.serviceAccounts)
    .createSubresource<TokenRequest>(serviceAccount, 'token', request, ctx)
  const { token, expirationTimestamp } = status ?? {}
  if (!token || !expirationTimestamp)
    throw new Error(`the server made no token for service account ${serviceAccount.name}`)
  return { token, expirationTimestamp }
}
