import { Buffer } from 'node:buffer'

/** An HTTP proxy between us and the API server. */
export interface HttpProxy {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly port: number
  /** Value of `Proxy-Authorization`; absent when the address holds no user. */
  readonly authorization: string | undefined
  /** The address without its password: what may be shown. */
  readonly shown: string
}

/**
 * Reads the address of a proxy: `http://` or `https://`, with `user:password@` if it wants them; without a scheme it is
 * `http://`. Throws an Error of one line for any other, without the password.
 */
export function parseProxy(address: string): HttpProxy {
  const url = parse(address)
  if (url === undefined) throw new Error(`proxy "${withoutUser(address)}" is not an address: want http://host:port`)
  const { protocol, hostname, username, password } = url
  const shown = `${protocol}//${username === '' ? '' : `${username}${password === '' ? '' : ':***'}@`}${url.host}`
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Error(`proxy ${shown}: ${protocol.slice(0, -1)} proxies are not supported: want http://host:port`)
  }
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    protocol,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (protocol === 'https:' ? 443 : 80),
    authorization: username === '' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
    shown,
  }
}

/** As Go does: what is no URL with a host is tried once more as one without a scheme (`proxy:3128` is both). */
function parse(address: string): URL | undefined {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return parsed.hostname === '' ? undefined : parsed
}

function withoutUser(address: string): string {
  return address.replace(/^(.*\/\/)?.*@/, '$1***@')
}
