import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * One small file per record in a directory. A record is replaced by a rename, so at any moment it is the old one or the
 * new one, never half of either, and writers of different records do not wait for each other.
 */
export interface RecordFiles {
  /** Every record: name (without `.json`) and text. Left-over temporary files are removed. */
  load(): Promise<readonly { readonly name: string; readonly text: string }[]>
  write(name: string, text: string): Promise<void>
  /** Missing is success. */
  remove(name: string): Promise<void>
}

/** Options of {@link openRecordFiles}. */
export interface RecordFilesOptions {
  /** Existing or not; its parent must exist. */
  readonly directory: string
  /**
   * Whether a record survives a power failure, not only the end of the process: file and directory are flushed to disk.
   */
  readonly durable: boolean
}

const suffix = '.json'
const temporarySuffix = '.tmp'

/** Opens a directory of records, making it when it is missing. */
export async function openRecordFiles({ directory, durable }: RecordFilesOptions): Promise<RecordFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 })

  async function flushDirectory(): Promise<void> {
    if (!durable) return
    await using handle = await open(directory, 'r')
    await handle.sync()
  }

  return {
    async load() {
      const names = (await readdir(directory)).toSorted()
      // What a crash left between writing and renaming: never the only copy of anything.
      for (const name of names) if (name.endsWith(temporarySuffix)) await rm(join(directory, name))
      const records = names.filter((name) => name.endsWith(suffix))
      return Promise.all(
        records.map(async (name) => ({
          name: name.slice(0, -suffix.length),
          text: await readFile(join(directory, name), 'utf8'),
        })),
      )
    },

    async write(name, text) {
      // Records are written one at a time per name (the volume's lock), so one temporary name per record is enough.
      const temporary = join(directory, `${name}${temporarySuffix}`)
      try {
        await using handle = await open(temporary, 'w', 0o600)
        await handle.writeFile(text)
        if (durable) await handle.datasync()
        await rename(temporary, join(directory, `${name}${suffix}`))
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await flushDirectory()
    },

    async remove(name) {
      await rm(join(directory, `${name}${suffix}`), { force: true })
      await flushDirectory()
    },
  }
}
