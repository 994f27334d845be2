import { Buffer } from 'node:buffer'

const newline = 10

/** Cuts a stream of bytes into lines; characters that span chunks stay whole. */
export class LineSplitter {
  /** Pieces of the line that has not ended yet. */
  private pieces: Uint8Array[] = []

  /** The non-empty lines that the chunk completes. */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const lines: string[] = []
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = this.pieces.length === 0 ? bytes.toString('utf8', start, end) : this.join(bytes.subarray(start, end))
      if (line !== '') lines.push(line)
      start = end + 1
    }
    if (start < bytes.length) this.pieces.push(bytes.subarray(start))
    return lines
  }

  /** What stands after the last newline. */
  rest(): string {
    return this.join()
  }

  private join(...last: readonly Uint8Array[]): string {
    const text = Buffer.concat([...this.pieces, ...last]).toString('utf8')
    this.pieces = []
    return text
  }
}
