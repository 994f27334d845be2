import { randomInt, randomUUID } from 'node:crypto'

/**
 * Makes names for events: that of the object and the moment in hexadecimal nanoseconds, unique in this process; a UUID where that
 * is no name. The clock only tells milliseconds: the rest is random, so that two processes seldom choose the same name.
 */
export function createEventNamer(): (object: string, atMs: number) => string {
  let lastNanos = 0n
  return (object, atMs) => {
    const nanos = BigInt(Math.trunc(atMs)) * 1_000_000n + BigInt(randomInt(1_000_000))
    lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n
    const name = `${object}.${lastNanos.toString(16)}`
    return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) ? name : randomUUID()
  }
}
