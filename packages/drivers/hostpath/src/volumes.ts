import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { OperationLocks } from '@csi-ts/driver-sdk'
import type { Mounter } from '@csi-ts/mount'
import { isMountFrom } from '@csi-ts/mount'
import type { WorkContext } from '@csi-ts/telemetry'
import type { NodeRecords } from './node-records.ts'
import type { Volume } from './volume.ts'
import type { VolumeDirectories } from './volume-directories.ts'
import { parseVolumeId, type VolumeId } from './volume-id.ts'
import type { VolumeStore } from './volume-store.ts'

/** What both services share: the volumes of this node, how they are used, and who is at work on one of them. */
export interface HostpathState {
  readonly store: VolumeStore
  readonly directories: VolumeDirectories
  readonly nodeRecords: NodeRecords
  readonly mounter: Mounter
  /** By volume id, and by name while one is created. Who comes second is told Aborted; there is no global lock. */
  readonly locks: OperationLocks
}

/**
 * The finished volume with an id from outside.
 *
 * @throws CsiError NotFound; the text is quoted but never used as a path.
 */
export function findVolume(store: VolumeStore, text: string): Volume {
  const id = parseVolumeId(text)
  const volume = id === undefined ? undefined : store.get(id)
  if (volume?.phase !== 'ready') throw new CsiError(Code.NotFound, `volume ${JSON.stringify(text)} does not exist`)
  return volume
}

/**
 * Runs work on a finished volume, alone: nothing else touches it meanwhile.
 *
 * @throws CsiError NotFound; Aborted when an operation on it is pending.
 */
export async function withVolume<T>(
  { store, locks }: HostpathState,
  volumeId: string,
  work: (volume: Volume) => Promise<T>,
): Promise<T> {
  const { id } = findVolume(store, volumeId)
  return locks.run(id, () => work(findVolume(store, volumeId)))
}

/** Where a volume, or a directory in it, is mounted; read from the mount table. */
export async function mountsOf({ directories, mounter }: HostpathState, id: VolumeId): Promise<readonly string[]> {
  const place = await directories.locate(id)
  const entries = await mounter.table.list()
  return entries.filter((entry) => isMountFrom(entry, place)).map(({ mountPoint }) => mountPoint)
}

/**
 * A volume must be published or staged at the path that a request names. Relative and hostile paths are simply not known.
 *
 * @throws CsiError NotFound
 */
export function assertVolumeAt({ nodeRecords }: HostpathState, id: VolumeId, path: string): void {
  const { staged, published } = nodeRecords.get(id)
  const known = [...published.map(({ target }) => target), ...staged.map((here) => here.path)]
  if (!known.includes(path)) throw new CsiError(Code.NotFound, `volume ${id} is not at ${JSON.stringify(path)}`)
}

/**
 * Removes a volume: first its directory, then its record, so that whatever a crash leaves still has a record and is
 * finished by the next attempt or the next start. The caller holds the volume's lock and knows that nothing uses it.
 */
export async function removeVolume(state: HostpathState, volume: Volume, ctx: WorkContext): Promise<void> {
  const { store, directories, nodeRecords } = state
  if (volume.phase !== 'deleting') await markDeleting(store, volume, ctx)
  await directories.remove(volume.id, ctx)
  await nodeRecords.put(volume.id, { staged: [], published: [] })
  await store.delete(volume.id)
}

async function markDeleting(store: VolumeStore, volume: Volume, ctx: WorkContext): Promise<void> {
  try {
    await store.put({ ...volume, phase: 'deleting' })
  } catch (error) {
    // On a full disk deleting is what helps, so it must not need space. Unmarked, a stop in the middle leaves a volume whose
    // data is gone; the caller, who got no answer, asks for the deletion again.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')))
      throw error
    ctx.log.warn('no space to record a deletion, deleting all the same', { volume: volume.id })
  }
}
