import { type ResourceType, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { createMountTable } from '@csi-ts/mount'
import type { WorkContext } from '@csi-ts/telemetry'

/** What a run has left behind; all zero when it cleaned up. */
export interface Leftovers {
  readonly objects: number
  readonly volumes: number
  readonly mounts: number
}

const kinds: readonly ResourceType[] = [
  resources.pods,
  resources.persistentVolumeClaims,
  resources.persistentVolumes,
  resources.volumeAttachments,
]

/** Counts storage objects, the driver's volumes (as `countVolumes` tells) and mounts below a folder. */
export async function countLeftovers(
  client: KubeClient,
  countVolumes: () => Promise<number>,
  folder: string,
  ctx: WorkContext,
): Promise<Leftovers> {
  const counts = await Promise.all(kinds.map(async (kind) => (await client.resource(kind).list({}, ctx)).items.length))
  return {
    objects: counts.reduce((sum, count) => sum + count, 0),
    volumes: await countVolumes(),
    mounts: (await createMountTable().beneath(folder)).length,
  }
}
