import { VolumeCapability_AccessMode_Mode } from '@csi-ts/csi-proto'
import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import type { Cached } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'

/** The volume capability as kubelet sends it to a driver without SINGLE_NODE_MULTI_WRITER. */
export function volumeCapability(volume: Cached<PersistentVolume>): object {
  const accessMode = { mode: accessModeOf(volume.spec?.accessModes ?? []) }
  if (volume.spec?.volumeMode === 'Block') return { accessType: { $case: 'block', value: {} }, accessMode }
  const value = {
    fsType: volume.spec?.csi?.fsType ?? '',
    mountFlags: [...(volume.spec?.mountOptions ?? [])],
    volumeMountGroup: '',
  }
  return { accessType: { $case: 'mount', value }, accessMode }
}

/** The values of a secret as strings; an absent reference gives no secrets. */
export async function readSecret(
  client: KubeClient,
  ref: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined,
  ctx: WorkContext,
): Promise<Record<string, string>> {
  if (ref?.name === undefined) return {}
  const secret = await client.resource(resources.secrets).get({ name: ref.name, namespace: ref.namespace ?? '' }, ctx)
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

function accessModeOf(modes: readonly string[]): number {
  if (modes.includes('ReadWriteMany')) return VolumeCapability_AccessMode_Mode.MULTI_NODE_MULTI_WRITER
  if (modes.includes('ReadOnlyMany')) return VolumeCapability_AccessMode_Mode.MULTI_NODE_READER_ONLY
  return VolumeCapability_AccessMode_Mode.SINGLE_NODE_WRITER
}
