import { join } from 'node:path'
import { openRecordFiles, type RecordFiles } from './record-files.ts'
import { formatVolume, InvalidVolumeRecordError, parseVolume, type Volume } from './volume.ts'
import type { VolumeId } from './volume-id.ts'

/**
 * The volumes of this node: on disk, one durable record each, and in memory. What `get`, `findByName` and `list` return
 * is what the disk has, except while a `put` of the same volume is under way.
 */
export interface VolumeStore {
  get(id: VolumeId): Volume | undefined
  findByName(name: string): Volume | undefined
  /** All volumes, by id. */
  list(): readonly Volume[]
  /** Writes a volume, new or changed. When writing fails the volume is as it was before. */
  put(volume: Volume): Promise<void>
  /** Drops a record; unknown is success. */
  delete(id: VolumeId): Promise<void>
}

/** Folder of the records below the state directory. */
const volumeRecordsFolder = 'volumes'

/**
 * Reads all records.
 *
 * @throws InvalidVolumeRecordError naming the file: a volume that cannot be read must not be forgotten silently.
 */
export async function openVolumeStore(stateDir: string): Promise<VolumeStore> {
  const directory = join(stateDir, volumeRecordsFolder)
  const files = await openRecordFiles({ directory, durable: true })
  return createVolumeStore(files, await loadVolumes(files, directory))
}

async function loadVolumes(files: RecordFiles, directory: string): Promise<Volume[]> {
  return (await files.load()).map(({ name, text }) => {
    const path = join(directory, `${name}.json`)
    try {
      const volume = parseVolume(text)
      if (volume.id !== name) throw new InvalidVolumeRecordError(`id is ${volume.id}`)
      return volume
    } catch (error) {
      if (!(error instanceof InvalidVolumeRecordError)) throw error
      throw new InvalidVolumeRecordError(`${path}: ${error.message}`, { cause: error })
    }
  })
}

function createVolumeStore(files: RecordFiles, loaded: readonly Volume[]): VolumeStore {
  const byId = new Map<VolumeId, Volume>(loaded.map((volume) => [volume.id, volume]))
  const byName = new Map<string, VolumeId>(loaded.map((volume) => [volume.name, volume.id]))

  function set(id: VolumeId, volume: Volume | undefined): void {
    const old = byId.get(id)
    if (old !== undefined) byName.delete(old.name)
    byId.delete(id)
    if (volume === undefined) return
    byId.set(id, volume)
    byName.set(volume.name, id)
  }

  return {
    get: (id) => byId.get(id),
    findByName(name) {
      const id = byName.get(name)
      return id === undefined ? undefined : byId.get(id)
    },
    list: () => [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    async put(volume) {
      const before = byId.get(volume.id)
      // In memory first: whoever plans with the free capacity in the meantime must see this one.
      set(volume.id, volume)
      try {
        await files.write(volume.id, formatVolume(volume))
      } catch (error) {
        set(volume.id, before)
        throw error
      }
    },
    async delete(id) {
      await files.remove(id)
      set(id, undefined)
    },
  }
}
