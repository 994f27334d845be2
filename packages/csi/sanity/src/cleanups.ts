import { toGoErrorText } from '@csi-ts/csi-rpc'

/** What has to be undone after a case. */
export interface Cleanups {
  /** Registers what undoes something. The same `what` again replaces nothing and is not run twice. */
  defer(what: string, undo: () => Promise<unknown>): void
  /** Undoes everything, the last first, whatever fails. @returns one line for each failure */
  run(): Promise<readonly string[]>
}

/** Creates an empty list of things to undo. */
export function createCleanups(): Cleanups {
  const undos = new Map<string, () => Promise<unknown>>()
  return {
    defer(what, undo) {
      if (!undos.has(what)) undos.set(what, undo)
    },
    async run() {
      const failures: string[] = []
      for (const [what, undo] of [...undos].toReversed()) {
        await undo().catch((error: unknown) => failures.push(`${what}: ${toGoErrorText(error)}`))
      }
      undos.clear()
      return failures
    },
  }
}
