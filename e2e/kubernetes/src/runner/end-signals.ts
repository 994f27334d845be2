/** How this program is told to end. */
export interface EndSignals {
  /** The first signal, or the end of the program that started this one: end gently. */
  readonly stop: AbortSignal
  /** The second signal: end at once. */
  readonly kill: AbortSignal
  /** 128 plus the number of the signal that came, by convention of shells. */
  readonly exitCode: () => number | undefined
  close(): void
}

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
const parentCheckMs = 1_000

/** Takes over the signals that end a program. `npm run` passes no SIGKILL on, so the parent's life is looked at, too. */
export function listenForEnd(onFirst: (why: string) => void): EndSignals {
  const [stop, kill] = [new AbortController(), new AbortController()]
  let exitCode: number | undefined
  const end = (why: string, code: number) => {
    if (stop.signal.aborted) return kill.abort(why)
    exitCode = code
    onFirst(why)
    stop.abort(why)
  }
  const names = Object.keys(numbers) as (keyof typeof numbers)[]
  const listeners = names.map((name) => [name, () => end(name, 128 + numbers[name])] as const)
  for (const [name, listener] of listeners) process.on(name, listener)
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end('the program that started this one is gone', 1)
  }, parentCheckMs)
  timer.unref()
  return {
    stop: stop.signal,
    kill: kill.signal,
    exitCode: () => exitCode,
    close() {
      clearInterval(timer)
      for (const [name, listener] of listeners) process.off(name, listener)
    },
  }
}
