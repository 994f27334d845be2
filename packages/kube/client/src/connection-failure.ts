import { ConnectionError, type ConnectionFailure } from './connection-error.ts'

/** What is known about a request whose connection failed. */
export interface FailedRequest {
  /** Base URL. */
  readonly server: string
  /** Whether the connection (and TLS) was up, so that the server may have seen the request. */
  readonly isConnected: boolean
  /** What could not be reached instead of the server itself. */
  readonly proxy?: string | undefined
}

/** The one mapping of what Node's sockets throw to what a user should check. */
export function toConnectionError(error: unknown, { server, isConnected, proxy }: FailedRequest): ConnectionError {
  if (error instanceof ConnectionError) return error
  const peer = proxy === undefined ? server : `proxy ${proxy} (to ${server})`
  const { failure, text } = explain(error as NodeJS.ErrnoException, peer, isConnected, proxy !== undefined)
  return new ConnectionError(failure, text, { maybeDelivered: isConnected && failure !== 'tls', cause: error })
}

interface Explanation {
  readonly failure: ConnectionFailure
  readonly text: string
}

function explain(error: NodeJS.ErrnoException, server: string, isConnected: boolean, isProxy: boolean): Explanation {
  const code = error.code ?? ''
  const tls = (text: string): Explanation => ({ failure: 'tls', text: `${server}: ${text}` })
  const unreachable = (text: string): Explanation => ({
    failure: 'unreachable',
    text: `cannot reach ${server}: ${text}`,
  })
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable(
        `connection refused: check that the ${isProxy ? 'proxy' : 'API server'} runs, and its address and port`,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(`no address for that host name (${code}): check the name and DNS`)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return unreachable(`no route (${code}): check the address and network`)
    case 'ETIMEDOUT':
      return isConnected
        ? { failure: 'lost', text: `${server} stopped answering (${code}): check the network` }
        : unreachable('no answer to the connection attempt: check the address, network and firewalls')
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
    case 'INVALID_CA':
    case 'CERT_UNTRUSTED':
      return tls(`the server's certificate is not signed by the configured CA (${code}): check the CA`)
    case 'CERT_HAS_EXPIRED':
      return tls("the server's certificate (or its CA's) has expired: renew it, or check this machine's clock")
    case 'CERT_NOT_YET_VALID':
      return tls("the server's certificate is not valid yet: check this machine's clock")
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return tls(`the server's certificate is for other names: ${oneLine(error.message)}: check the server address`)
    default:
  }
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') {
    return tls('what answers there speaks neither HTTP/2 nor HTTP/1.1: check the port')
  }
  if (/ALERT/.test(code)) {
    return tls(`the server refused our client certificate (${code}): check certificate and key`)
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return tls(`no TLS with what answers there (${code}): check that the port speaks https`)
  }
  if (code.startsWith('HPE_')) {
    return { failure: 'protocol', text: `${server}: what answers there does not speak HTTP (${code}): check the port` }
  }
  if (!isConnected && code === 'ECONNRESET') {
    return {
      failure: 'lost',
      text: `${server} closed the connection before it was set up (${code}): check that it speaks https`,
    }
  }
  const why = code === '' || code.startsWith('ERR_HTTP2_') ? oneLine(error.message) : code
  return {
    failure: 'lost',
    text: `${server} closed the connection before the answer was complete (${why})`,
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
