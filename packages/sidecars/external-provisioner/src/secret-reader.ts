import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { type SecretLocation, toCsiSecrets } from '@csi-ts/kube-volumes'
import type { WorkContext } from '@csi-ts/telemetry'

/**
 * The keys of a Secret, read now: secrets are never cached.
 *
 * @throws Error naming the secret, with the API server's error as its cause; values never appear in it
 */
export async function readSecret(
  client: KubeClient,
  { name, namespace }: SecretLocation,
  ctx: WorkContext,
): Promise<Record<string, string>> {
  try {
    return toCsiSecrets(await client.resource(resources.secrets).get({ name, namespace }, ctx))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`error getting secret ${name} in namespace ${namespace}: ${why}`, { cause: error })
  }
}
