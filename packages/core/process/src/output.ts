import { writeSync } from 'node:fs'

const stalledWriteMs = 10
/** A reader that takes nothing for this long is given up on: a full pipe must not stop the work. */
const maxStallMs = 1_000

/**
 * Writes text to a file descriptor before it returns, so that nothing is lost at exit. A pipe that nobody reads any more, or that
 * stays full, swallows the text: a program must not fail because its log does.
 */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  let stalledMs = 0
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(fd, bytes, sent)
      stalledMs = 0
    } catch (error) {
      if (!isAgain(error) || stalledMs >= maxStallMs) return
      // The parent has made the pipe non-blocking and it is full.
      Atomics.wait(pause, 0, 0, stalledWriteMs)
      stalledMs += stalledWriteMs
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
