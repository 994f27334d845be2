import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { type Clock, createBackoff, sleep } from '@csi-ts/concurrency'
import type { Logger } from '@csi-ts/telemetry'
import { identityOf } from './registration-socket.ts'

/** What a guard watches over. */
export interface SocketGuardOptions {
  readonly path: string
  readonly log: Logger
  readonly clock: Clock
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** False while the socket is absent on purpose. */
  isWanted(): boolean
  /** Makes the socket anew. */
  restore(): Promise<void>
}

/** How long a socket must be gone: an update removes it just before it puts its own there. */
const graceMs = 1_000
/** How often the path is looked at where no event tells, as when the directory itself was replaced. */
const periodMs = 10_000

/**
 * Makes a socket anew when its file has disappeared and nobody has put another there, until the signal fires. What cannot be
 * restored is tried again.
 */
export async function guardSocket(options: SocketGuardOptions): Promise<void> {
  const { path, log, clock, signal } = options
  const backoff = createBackoff({ baseMs: graceMs, maxMs: 60_000 })
  while (!signal.aborted) {
    try {
      await disappearance(options)
      await sleep(graceMs, { signal, clock })
      if ((await identityOf(path)) !== undefined) continue
      log.warn('the registration socket was removed, making it anew', { path })
      await options.restore()
      backoff.reset()
    } catch (error) {
      if (signal.aborted) return
      const delayMs = backoff.next()
      log.error('cannot restore the registration socket', error, { path, retryInMs: delayMs })
      await sleep(delayMs, { signal, clock }).catch(() => {})
    }
  }
}

/** Resolves when there is no file at the path although one is wanted. */
async function disappearance(options: SocketGuardOptions): Promise<void> {
  const { path, clock, signal } = options
  for (;;) {
    const watching = watchFolder(dirname(path))
    const period = new AbortController()
    const stop = (): void => period.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (options.isWanted() && (await identityOf(path)) === undefined) return
      // Whichever is first: an event, the period, the end.
      await Promise.race([watching.changed, sleep(periodMs, { signal: period.signal, clock }).catch(() => {})])
    } finally {
      stop()
      signal.removeEventListener('abort', stop)
      watching.close()
    }
    signal.throwIfAborted()
  }
}

function watchFolder(folder: string): { readonly changed: Promise<void>; close(): void } {
  const { promise: changed, resolve } = Promise.withResolvers<void>()
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(folder, { persistent: false }, () => resolve())
    watcher.on('error', () => resolve())
  } catch {
    // Out of watches, or the folder is gone: looking from time to time must do.
  }
  return { changed, close: () => watcher?.close() }
}
