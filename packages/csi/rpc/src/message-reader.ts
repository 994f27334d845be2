import { Code } from './code.ts'
import { fromStatus } from './error-mapping.ts'
import type { WireCall, WireListener, WireStatus } from './wire-call.ts'

/**
 * Reads the messages of a streaming call one by one: the next is asked for when the one before has been taken, so that a
 * slow reader slows the driver down. A reader that stops, and the signal, cancel the call.
 * @throws CsiError when the call ends with another status than OK
 */
export async function* readMessages<T>(
  start: (listener: WireListener) => WireCall,
  options: { readonly decode: (bytes: Buffer) => T; readonly signal: AbortSignal | undefined },
): AsyncGenerator<T, void, undefined> {
  const { decode, signal } = options
  let arrived: Buffer | undefined
  let ended: WireStatus | undefined
  let changed = Promise.withResolvers<void>()
  const call = start({
    message(bytes) {
      arrived = bytes
      changed.resolve()
    },
    status(status) {
      ended = status
      changed.resolve()
    },
  })
  const cancel = (): void => call.cancel()
  signal?.addEventListener('abort', cancel)
  try {
    for (;;) {
      await changed.promise
      changed = Promise.withResolvers<void>()
      const bytes: Buffer | undefined = arrived
      arrived = undefined
      if (bytes !== undefined) {
        yield decode(bytes)
        if (ended !== undefined) changed.resolve()
        else call.startRead()
      } else if (ended !== undefined) {
        if (ended.code !== Code.OK) throw fromStatus(ended, signal)
        return
      }
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel() // no effect on a call that has ended
  }
}
