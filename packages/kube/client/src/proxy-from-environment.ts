import { BlockList, isIP } from 'node:net'

/**
 * The proxy that the environment names for a server, by the rules of Go's net/http: `HTTPS_PROXY` for https, `HTTP_PROXY` for
 * http, none for what `NO_PROXY` lists (names, which include what is below them; addresses; CIDR ranges; each name and address
 * with a port if it shall only hold for that; `*`), and never one for localhost and loopback addresses. The names in lower
 * case count where those in upper case are absent. `undefined`: connect directly.
 */
export function proxyFromEnvironment(
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (!URL.canParse(server)) return undefined
  const { protocol, hostname, port } = new URL(server)
  const isTls = protocol === 'https:'
  const setting = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined
  const proxy = setting(isTls ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (proxy === undefined) return undefined
  // In a CGI program HTTP_PROXY is what the client sent as the header "Proxy".
  if (!isTls && env['REQUEST_METHOD']) return undefined
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return isExempt(host, port || (isTls ? '443' : '80'), setting('NO_PROXY') ?? '') ? undefined : proxy
}

function isExempt(host: string, port: string, noProxy: string): boolean {
  if (host === 'localhost' || isLoopback(host)) return true
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, host, port))
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isWithin(host, entry)
  const { host: name, port: onlyPort } = splitPort(entry)
  if (name === '' || (onlyPort !== undefined && onlyPort !== port)) return false
  if (isIP(name) > 0) return isWithin(host, `${name}/${isIP(name) === 4 ? 32 : 128}`)
  // A name stands for itself and what is below it; with a leading dot (or "*.") only for what is below it.
  const domain = name.startsWith('*.') ? name.slice(1) : name
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

function splitPort(entry: string): { host: string; port?: string | undefined } {
  const [, bracketed, port] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? []
  if (bracketed !== undefined) return { host: bracketed, port }
  const parts = entry.split(':')
  return parts.length === 2 ? { host: parts[0] ?? '', port: parts[1] } : { host: entry }
}

function isLoopback(host: string): boolean {
  return isWithin(host, '127.0.0.0/8') || isWithin(host, '::1/128')
}

/** Whether an address lies in a CIDR range; what is none never does. */
function isWithin(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/')
  const family = isIP(network)
  const width = family === 4 ? 32 : 128
  if (family === 0 || isIP(host) === 0 || !/^\d+$/.test(bits) || Number(bits) > width) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
