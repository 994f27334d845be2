import { Buffer } from 'node:buffer'
import { ConnectionError } from '../connection-error.ts'

type Item = { readonly bytes: Uint8Array } | { readonly end: true } | { readonly error: unknown }

/** The body of a watch that a test writes. One request reads it. */
export class FakeStream {
  /** Resolves when a request has begun to read. */
  readonly opened: Promise<void>
  /** Resolves when the reader has gone: at the end, or because it left. */
  readonly closed: Promise<void>
  private markOpened: () => void = () => {}
  private markClosed: () => void = () => {}
  private readonly items: Item[] = []
  private wake: () => void = () => {}

  constructor() {
    this.opened = new Promise((resolve) => {
      this.markOpened = resolve
    })
    this.closed = new Promise((resolve) => {
      this.markClosed = resolve
    })
  }

  /** Sends watch events, e.g. `{ type: 'ADDED', object }`. */
  send(...events: readonly object[]): this {
    return this.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }

  /** Sends bytes as they are. */
  write(text: string | Uint8Array): this {
    return this.put({ bytes: typeof text === 'string' ? Buffer.from(text) : text })
  }

  /** Ends the stream in peace. */
  end(): this {
    return this.put({ end: true })
  }

  /** Breaks the stream off. Default: a lost connection. */
  fail(error: unknown = new ConnectionError('lost', 'the connection was cut', { maybeDelivered: true })): this {
    return this.put({ error })
  }

  /** What the transport hands out as the body. */
  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.markOpened()
    const onAbort = (): void => this.wake()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      for (;;) {
        signal.throwIfAborted()
        const item = this.items.shift()
        if (item === undefined) await new Promise<void>((resolve) => (this.wake = resolve))
        else if ('bytes' in item) yield item.bytes
        else if ('error' in item) throw item.error
        else return
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.markClosed()
    }
  }

  private put(item: Item): this {
    this.items.push(item)
    this.wake()
    return this
  }
}
