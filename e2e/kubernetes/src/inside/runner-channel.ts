import type { FromInside, RunMessage, ToInside } from '../runner/messages.ts'

/** The channel to the runner, which is the parent of the namespaces. */
export interface RunnerChannel {
  /** What to do. */
  readonly firstMessage: Promise<RunMessage>
  /** Fires when the runner says so, when it is gone, and on SIGTERM. */
  readonly stop: AbortSignal
  /** Sends a message; nothing happens when the runner is gone. */
  send(message: FromInside): void
}

/** Takes over the channel that this process was started with. */
export function connectToRunner(): RunnerChannel {
  const stop = new AbortController()
  const firstMessage = new Promise<RunMessage>((resolve, reject) => {
    process.on('message', (message) => {
      const told = message as ToInside
      switch (told.kind) {
        case 'run':
          return resolve(told)
        case 'stop':
          return stop.abort(new Error(told.why))
      }
    })
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error))
  })
  // The runner's end, also by SIGKILL, closes the channel: this is how the cluster outlives nobody.
  process.once('disconnect', () => stop.abort(new Error('the runner is gone')))
  // The first process of a pid namespace gets only the signals that it handles.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop.abort(new Error(signal)))
  return {
    firstMessage,
    stop: stop.signal,
    send(message) {
      // The callback takes the error of a channel that closes while the message is on its way.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
    },
  }
}
