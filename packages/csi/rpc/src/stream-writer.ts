/** The writable side of a streaming call. */
interface MessageStream {
  write(message: Buffer): boolean
  once(event: 'drain', listener: () => void): unknown
  removeListener(event: 'drain', listener: () => void): unknown
}

/**
 * A function that writes one message and waits while the peer cannot take more.
 * Rejects with the signal's reason when the call ends while waiting.
 */
export function writeToStream(stream: MessageStream, signal: AbortSignal): (message: Buffer) => Promise<void> {
  return (message) => {
    if (stream.write(message)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        stream.removeListener('drain', settle)
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(signal.reason)
        else resolve()
      }
      stream.once('drain', settle)
      signal.addEventListener('abort', settle)
      if (signal.aborted) settle()
    })
  }
}
