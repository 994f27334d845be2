import { finalizers } from '@csi-ts/kube-api'
import type { Patch } from '@csi-ts/kube-client'
import type { VolumeView } from './provisioner.ts'

// The uid makes the patch fail when another volume of that name has taken this one's place.

/** Adds our finalizer and no other: the server merges the list. */
export function addFinalizerPatch(volume: VolumeView): Patch {
  return {
    type: 'strategic',
    body: { metadata: { uid: volume.metadata.uid, finalizers: [finalizers.provisioner] } },
  }
}

/**
 * Removes our finalizer and no other. A list without it, or null, would wipe what others have added since the cache was
 * read.
 */
export function removeFinalizerPatch(volume: VolumeView): Patch {
  return {
    type: 'strategic',
    body: { metadata: { uid: volume.metadata.uid, '$deleteFromPrimitiveList/finalizers': [finalizers.provisioner] } },
  }
}
