import { open, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDirectoryBeneath, type Mounter, type MountLocation, removeTreeBeneath } from '@csi-ts/mount'
import type { WorkContext } from '@csi-ts/telemetry'
import { parseVolumeId, type VolumeId } from './volume-id.ts'

/** The data of the volumes: one directory each, named by id, in the state directory (as the Go driver lays them out). */
export interface VolumeDirectories {
  /** Where the data of a volume is, whether it exists or not. */
  pathOf(id: VolumeId): string
  exists(id: VolumeId): Promise<boolean>
  /** Makes the directory, writable for everybody; existing is success. Durable when it returns. */
  create(id: VolumeId): Promise<void>
  /** Removes the directory with everything in it; missing is success. Refuses while something is mounted inside it. */
  remove(id: VolumeId, ctx: WorkContext): Promise<void>
  /** What a mount of this volume shows in the mount table. */
  locate(id: VolumeId): Promise<MountLocation>
}

/**
 * Where the driver keeps the data of a volume.
 *
 * @throws Error for text that is no volume id of this driver.
 */
export function volumePath(stateDir: string, volumeId: string): string {
  const id = parseVolumeId(volumeId)
  if (id === undefined) throw new Error(`${JSON.stringify(volumeId)} is not a volume id`)
  return join(stateDir, id)
}

/** @param stateDir existing directory that nobody but the driver writes to. */
export async function createVolumeDirectories(mounter: Mounter, stateDir: string): Promise<VolumeDirectories> {
  const root = await realpath(stateDir)
  const pathOf = (id: VolumeId): string => join(root, id)
  return {
    pathOf,
    async exists(id) {
      const found = await stat(pathOf(id)).catch(() => undefined)
      return found?.isDirectory() === true
    },
    async create(id) {
      await using _ = await ensureDirectoryBeneath(root, id, 0o777)
      await using handle = await open(root, 'r')
      await handle.sync()
    },
    remove: (id, ctx) => removeTreeBeneath({ table: mounter.table }, root, id, ctx),
    locate: (id) => mounter.table.locate(pathOf(id)),
  }
}
