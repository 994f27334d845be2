import { readFileSync } from 'node:fs'

/** Where to listen. */
export type ListenAddress =
  /** No host means all addresses of both families. */
  | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/**
 * Parses what Go's `net.Listen("tcp", …)` takes: `:9808`, `0.0.0.0:9808`, `[::]:0`, `localhost:http`; and `unix:///path`.
 * Throws an Error that names the address and what is allowed.
 */
export function parseListenAddress(address: string): ListenAddress {
  const path = /^unix:(?:\/\/)?(\/.+)$/s.exec(address)?.[1]
  if (path !== undefined) return { kind: 'unix', path }
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):(?<port>[^:]*)$/.exec(address)
  const { v6, name, port } = match?.groups ?? {}
  if (port === undefined) {
    throw new Error(
      `invalid address ${JSON.stringify(address)}: allowed: host:port, :port, [ipv6]:port or unix:///path`,
    )
  }
  const host = v6 ?? name ?? ''
  return { kind: 'tcp', port: parsePort(address, port), ...(host === '' ? {} : { host }) }
}

function parsePort(address: string, text: string): number {
  if (text === '') return 0
  const port = /^\d+$/.test(text) ? Number(text) : portOfService(text)
  if (port !== undefined && port <= 65_535) return port
  throw new Error(
    `invalid address ${JSON.stringify(address)}: unknown port ${JSON.stringify(text)}, allowed: 0 to 65535 or a service name`,
  )
}

// Go has these two built in and reads the rest from the same file.
function portOfService(name: string): number | undefined {
  if (name === 'http') return 80
  if (name === 'https') return 443
  const line = /^[a-z\d-]+$/i.test(name) && new RegExp(`^${name}\\s+(\\d+)/tcp\\b`, 'im').exec(services())
  return line ? Number(line[1]) : undefined
}

function services(): string {
  try {
    return readFileSync('/etc/services', 'utf8')
  } catch {
    return '' // images need not have it
  }
}
