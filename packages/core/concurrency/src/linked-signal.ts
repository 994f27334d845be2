/** A signal that fires with its parents and can be fired on its own. */
export interface LinkedSignal {
  readonly signal: AbortSignal
  /** Fires this signal only; the parents do not notice. */
  abort(reason?: unknown): void
  /** Lets go of the parents. Must be called (or `using` be used) when a parent outlives the work, or listeners pile up on it. */
  [Symbol.dispose](): void
}

/**
 * A signal that fires when any parent fires, with that parent's reason, or when its own `abort` is called.
 * `AbortSignal.any` is not used because it cannot be detached from a parent that lives as long as the process.
 */
export function linkSignals(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController()
  const undo: (() => void)[] = []
  const release = (): void => {
    for (const step of undo.splice(0)) step()
  }
  const abort = (reason?: unknown): void => {
    release()
    controller.abort(reason)
  }
  for (const parent of parents) {
    if (parent === undefined) continue
    if (parent.aborted) {
      abort(parent.reason)
      break
    }
    const follow = (): void => abort(parent.reason)
    parent.addEventListener('abort', follow, { once: true })
    undo.push(() => parent.removeEventListener('abort', follow))
  }
  return { signal: controller.signal, abort, [Symbol.dispose]: release }
}
