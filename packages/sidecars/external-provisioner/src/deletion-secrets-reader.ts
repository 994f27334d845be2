import { isForbidden, isNotFound, type KubeClient } from '@csi-ts/kube-client'
import type { ClassView, StoredVolume } from '@csi-ts/kube-provision'
import type { WorkContext } from '@csi-ts/telemetry'
import { deletionSecretByClass, namedDeletionSecret, volumeClassName } from './deletion-secret.ts'
import { readSecret } from './secret-reader.ts'

/** Where deletion looks for secrets. */
export interface DeletionSecretDeps {
  readonly client: KubeClient
  /** A class by name, when it exists. */
  readonly findClass: (name: string) => ClassView | undefined
}

/**
 * The secrets for DeleteVolume. A secret that is gone, or that nobody lets us read, does not keep the volume: the driver is
 * asked without it, as upstream does.
 *
 * @throws Error when a template cannot be filled in, or when the API server fails otherwise: with it back, the secret may
 * well be there
 */
export async function readDeletionSecrets(
  volume: StoredVolume,
  { client, findClass }: DeletionSecretDeps,
  ctx: WorkContext,
): Promise<Record<string, string>> {
  const plan = namedDeletionSecret(volume) ?? deletionSecretByClass(volume, findClass(volumeClassName(volume)))
  switch (plan.kind) {
    case 'none':
      return {}
    case 'unknown':
      ctx.log.warn('deleting a volume without secrets', { volume: volume.metadata.name, reason: plan.why })
      return {}
    case 'secret':
      break
  }
  try {
    return await readSecret(client, plan.location, ctx)
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (!isNotFound(cause) && !isForbidden(cause)) throw error
    ctx.log.error('deleting a volume without its secret', error, { volume: volume.metadata.name })
    return {}
  }
}
