import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'

/** Text of a file that somebody else replaces: service account tokens, certificates. */
export interface FileSource {
  /**
   * The text as it is now, at most a second old by the file's own times and a minute old in any case. `refresh`: read again
   * whatever the times say. When the file has become unreadable, the last text that was read.
   */
  read(options: { readonly refresh: boolean }): Promise<string>
}

const checkEveryMs = 1_000
/** Also without a visible change: some file systems have coarse times. */
const readEveryMs = 60_000

/** Reads `path` on demand. Reading for the first time rejects with an error that names `what` and the path. */
export function createFileSource(
  path: string,
  what: string,
  deps: { readonly clock: Clock; readonly log: Logger },
): FileSource {
  const { clock, log } = deps
  let held: { text: string; version: string; readAtMs: number } | undefined
  let checkedAtMs = Number.NEGATIVE_INFINITY
  let isFailing = false
  let pending: Promise<void> | undefined

  const check = async (refresh: boolean): Promise<void> => {
    const nowMs = clock.monotonicMs()
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const version = `${mtimeMs}/${size}/${ino}`
      if (refresh || held?.version !== version || nowMs - held.readAtMs >= readEveryMs) {
        const text = await readFile(path, 'utf8')
        if (text.trim() === '') throw new Error('the file is empty')
        held = { text, version, readAtMs: nowMs }
      }
      if (isFailing) log.info('credential file can be read again', { what, path })
      isFailing = false
    } catch (error) {
      if (held === undefined)
        throw new Error(`cannot read the ${what} ${path}: ${errorReason(error)}`, { cause: error })
      if (!isFailing)
        log.warn('credential file cannot be read, going on with what was read last', {
          what,
          path,
          reason: errorReason(error),
        })
      isFailing = true
    }
    checkedAtMs = nowMs
  }

  return {
    async read({ refresh }): Promise<string> {
      if (refresh || held === undefined || clock.monotonicMs() - checkedAtMs >= checkEveryMs) {
        pending ??= check(refresh).finally(() => {
          pending = undefined
        })
        await pending
      }
      return held?.text ?? ''
    },
  }
}

function errorReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'it does not exist'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error ? error.message : String(error)
}
