import { type AnswerOf, statusError } from './answer.ts'
import type { WatchEvent } from './client.ts'
import { ConnectionError } from './connection-error.ts'
import { LineSplitter } from './line-splitter.ts'

/**
 * The events of a watch as they arrive. Throws `ApiError` for an ERROR event, and `ConnectionError` when the stream breaks off
 * inside an event or holds something else.
 */
export async function* readWatchEvents<T>(
  body: AsyncIterable<Uint8Array>,
  of: AnswerOf,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const lines = new LineSplitter()
  for await (const chunk of body) {
    for (const line of lines.push(chunk)) yield parseEvent<T>(line, of)
  }
  const rest = lines.rest().trim()
  if (rest !== '') {
    if (!rest.startsWith('{')) throw notAnEvent(of)
    throw new ConnectionError('lost', `${of.server} ended the watch of ${of.path} inside an event`, {
      maybeDelivered: true,
    })
  }
}

function parseEvent<T>(line: string, of: AnswerOf): WatchEvent<T> {
  const event = parseJson(line, of) as { readonly type?: unknown; readonly object?: unknown }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      if (typeof event.object === 'object' && event.object !== null) return event as WatchEvent<T>
      break
    case 'ERROR':
      throw statusError(event.object ?? {}, { verb: of.verb, path: of.path, code: 500 })
    default:
  }
  throw notAnEvent(of)
}

function parseJson(line: string, of: AnswerOf): object {
  try {
    return Object(JSON.parse(line)) as object
  } catch (cause) {
    throw notAnEvent(of, cause)
  }
}

function notAnEvent({ server, path }: AnswerOf, cause?: unknown): ConnectionError {
  const text = `${server} sent something that is no watch event for ${path}: check the server address and what stands in front of it`
  return new ConnectionError('protocol', text, { maybeDelivered: true, cause })
}
