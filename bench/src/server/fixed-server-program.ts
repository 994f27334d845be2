// A server whose answers cost next to nothing, so that what is measured is the client: volumes that only change on command,
// over TLS with HTTP/1.1 and HTTP/2 as the real API server offers them. Knows list with pages, watch, streamed lists and GET.
// Arguments: VOLUMES DELAY_MS (before each answer to a GET of one volume). Prints {"event":"ready", …}; the line `touch`
// sends a change of every volume to every watch.
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createSelfSigned } from './self-signed.ts'
import { volumeName, volumeObject } from './volume-object.ts'

const [count = 0, delayMs = 0] = process.argv.slice(2).map(Number)
const volumesPath = '/api/v1/persistentvolumes'
/** Kinds of what is served empty: whoever streams a list looks at them. */
const kinds: Readonly<Record<string, string>> = {
  persistentvolumes: 'PersistentVolume',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  nodes: 'Node',
  storageclasses: 'StorageClass',
  csinodes: 'CSINode',
}
const identity = await createSelfSigned()
const watches = new Set<Http2ServerResponse>()
let revision = 1

const items = Array.from({ length: count }, (_, index) => JSON.stringify(objectOf(index)))
// As many streams to a connection as Go's server allows, which is the API server's.
const options = { ...identity, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } }
const server = createSecureServer(options, (request, response) => {
  response.setHeader('content-type', 'application/json')
  answer(request, response)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const config = { server: `https://127.0.0.1:${port}`, ca: { data: identity.cert } }
  say({ event: 'ready', config, port, volumeBytes: items[0]?.length ?? 0 })
})
createInterface({ input: process.stdin })
  .on('line', (line) => line === 'touch' && touchAll())
  // Its parent is gone.
  .on('close', () => process.exit())

function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url, 'https://localhost')
  if (pathname.startsWith(`${volumesPath}/`)) {
    const body = items[0] ?? '{}'
    if (delayMs > 0) setTimeout(() => response.end(body), delayMs)
    else response.end(body)
    return
  }
  const own = pathname === volumesPath ? items : []
  if (searchParams.get('watch') === null) sendList(own, searchParams, response)
  else openWatch(own, pathname, searchParams, response)
}

function sendList(own: readonly string[], query: URLSearchParams, response: Http2ServerResponse): void {
  const start = Number(query.get('continue') ?? 0)
  const end = Math.min(start + Number(query.get('limit') ?? own.length), own.length)
  const metadata = { resourceVersion: String(revision), ...(end < own.length ? { continue: String(end) } : {}) }
  const page = own.slice(start, end).join(',')
  response.end(`{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[${page}]}`)
}

function openWatch(
  own: readonly string[],
  pathname: string,
  query: URLSearchParams,
  response: Http2ServerResponse,
): void {
  if (query.get('sendInitialEvents') === 'true') {
    for (const text of own) response.write(`{"type":"ADDED","object":${text}}\n`)
    response.write(`{"type":"BOOKMARK","object":${JSON.stringify(endOfList(pathname))}}\n`)
  } else {
    response.writeHead(200)
    // The head of a response leaves with its first byte of content; a blank line is no event.
    response.write('\n')
  }
  if (own !== items) return
  watches.add(response)
  response.on('close', () => watches.delete(response))
}

/** The bookmark that ends a streamed list, as an object of the kind that the path is of. */
function endOfList(pathname: string): object {
  const [, plural = ''] = /([^/]+)$/.exec(pathname) ?? []
  return {
    kind: kinds[plural] ?? plural,
    apiVersion: pathname.replace(/^\/apis?\//, '').replace(/\/[^/]+$/, ''),
    metadata: { resourceVersion: String(revision), annotations: { 'k8s.io/initial-events-end': 'true' } },
  }
}

function touchAll(): void {
  revision += 1
  const events = items.map((_, index) => `{"type":"MODIFIED","object":${JSON.stringify(objectOf(index))}}\n`)
  for (const response of watches) {
    for (let start = 0; start < events.length; start += 20) response.write(events.slice(start, start + 20).join(''))
  }
  say({ event: 'touched', watches: watches.size })
}

function objectOf(index: number): object {
  const { metadata, ...rest } = volumeObject(index, revision)
  const uid = volumeName(index).slice('pvc-'.length)
  const created = {
    uid,
    resourceVersion: String(revision * 1_000_000 + index),
    creationTimestamp: '2026-11-22T08:00:00Z',
  }
  return { kind: 'PersistentVolume', apiVersion: 'v1', metadata: { ...metadata, ...created }, ...rest }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
