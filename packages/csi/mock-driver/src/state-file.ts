import { readFile, rename, writeFile } from 'node:fs/promises'
import { KeyedLocks } from '@csi-ts/concurrency'
import { emptyState, formatState, type MockState, parseState } from './mock-state.ts'

/** The state of a mock driver in a file, so that a process that was killed goes on where it was. */
export interface StateFile {
  /** What was saved last; an empty state when there is no file. */
  load(): Promise<MockState>
  /** Replaces the file in one step. */
  save(state: MockState): Promise<void>
}

/** A state file at a path; its directory must exist. */
export function createStateFile(path: string): StateFile {
  const locks = new KeyedLocks()
  return {
    async load() {
      try {
        return parseState(await readFile(path, 'utf8'))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return emptyState()
      }
    },
    save: (state) =>
      locks.run(path, async () => {
        await writeFile(`${path}.new`, formatState(state))
        await rename(`${path}.new`, path)
      }),
  }
}
