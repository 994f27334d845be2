/** Work that those who want its result at the same time share. */
export interface SharedRun<T> {
  /**
   * Starts the work, or joins what runs. Resolves with nothing when `signal` fires first. When all who joined have left, the
   * work's own signal fires, and who comes next starts anew.
   */
  join(signal: AbortSignal | undefined): Promise<T | undefined>
}

/** Shares runs of `work`, which must not reject. */
export function createSharedRun<T>(work: (signal: AbortSignal) => Promise<T>): SharedRun<T> {
  let current: Run<T> | undefined

  const start = (): Run<T> => {
    const controller = new AbortController()
    const run: Run<T> = { controller, waiting: 0, result: work(controller.signal) }
    void run.result.finally(() => {
      if (current === run) current = undefined
    })
    return run
  }

  const leave = (run: Run<T>): void => {
    run.waiting--
    if (run.waiting > 0) return
    if (current === run) current = undefined
    run.controller.abort(new Error('nobody waits for this any more'))
  }

  return {
    join: async (signal) => {
      if (signal?.aborted === true) return undefined
      current ??= start()
      const run = current
      run.waiting++
      const gone = Promise.withResolvers<undefined>()
      const onAbort = (): void => gone.resolve(undefined)
      signal?.addEventListener('abort', onAbort)
      try {
        return await Promise.race([run.result, gone.promise])
      } finally {
        signal?.removeEventListener('abort', onAbort)
        leave(run)
      }
    },
  }
}

interface Run<T> {
  readonly controller: AbortController
  readonly result: Promise<T>
  waiting: number
}
