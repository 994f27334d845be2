import type { ServerResponse } from 'node:http'
import type { ApiAnswer, StreamSink } from './api-call.ts'

/** Unsent bytes of a watch at which its client counts as too slow, and is cut off as the real server does. */
const maxUnsentBytes = 256 * 1024 * 1024

/** Writes an answer out. */
export function sendAnswer(answer: ApiAnswer, response: ServerResponse): void {
  if (answer.kind === 'stream') {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
    response.flushHeaders()
    answer.start(createSink(response))
    return
  }
  const { code, text, contentType = 'application/json', headers = {} } = answer
  const bytes = Buffer.from(text)
  response.writeHead(code, {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    'content-length': bytes.length,
    ...headers,
  })
  response.end(bytes)
}

function createSink(response: ServerResponse): StreamSink {
  const closed = new AbortController()
  let lines: string[] = []
  response.on('close', () => closed.abort())
  function flush(): void {
    if (lines.length === 0 || response.writableEnded) return
    const text = lines.join('')
    lines = []
    response.write(text)
  }
  return {
    closed: closed.signal,
    send(line) {
      if (response.writableLength > maxUnsentBytes) return false
      // Events of one turn leave in one packet.
      if (lines.length === 0) queueMicrotask(flush)
      lines.push(line)
      return true
    },
    end() {
      flush()
      response.end()
    },
  }
}
