/** Where a gRPC service is: a UNIX socket, or anything else that gRPC can resolve. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'network'; readonly target: string }

/** Longest path of a UNIX socket on Linux: `sun_path` less its end mark. */
const maxSocketPathBytes = 107

/**
 * Parses what people write for a CSI socket: `unix:///x`, `unix:/x` and `/x` are the path /x; `unix://x`, `unix:x` and a
 * word without a colon are relative paths; `dns:…`, `ipv4:…`, `ipv6:…` and `host:port` are network targets.
 * @throws Error naming the endpoint, for anything else; `tcp://host:port` is not gRPC's way to write a target
 */
export function parseEndpoint(text: string): Endpoint {
  const path = socketPath(text)
  if (path !== undefined) return { kind: 'unix', path: checkedPath(text, path) }
  if (/^(dns|ipv4|ipv6):./.test(text) || /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/.test(text)) {
    return { kind: 'network', target: text }
  }
  throw new Error(`invalid endpoint "${text}": want unix:///path/to.sock or /path/to.sock`)
}

/**
 * Parses the endpoint that a server listens on, which is always a UNIX socket.
 * @returns the path
 * @throws Error naming the endpoint and what is allowed
 */
export function parseServerEndpoint(text: string): string {
  const path = socketPath(text)
  if (path === undefined) {
    throw new Error(`invalid endpoint "${text}": CSI is served on UNIX sockets only, want unix:///path/to.sock`)
  }
  return checkedPath(text, path)
}

function socketPath(text: string): string | undefined {
  const match = /^unix:(?:\/\/)?(.*)$/s.exec(text)
  if (match !== null) return match[1]
  return text.startsWith('/') || !text.includes(':') ? text : undefined
}

function checkedPath(text: string, path: string): string {
  if (path === '' || path.endsWith('/')) throw new Error(`invalid endpoint "${text}": it names no socket`)
  if (path.includes('\0')) throw new Error(`invalid endpoint ${JSON.stringify(text)}: it contains a NUL character`)
  const bytes = Buffer.byteLength(path)
  if (bytes > maxSocketPathBytes) {
    throw new Error(
      `invalid endpoint "${text}": the path has ${bytes} bytes, a UNIX socket at most ${maxSocketPathBytes}`,
    )
  }
  return path
}
