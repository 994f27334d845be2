import { Buffer } from 'node:buffer'
import type { RequestOptions } from 'node:https'
import { systemClock } from '@csi-ts/concurrency'
import type { CredentialSource, Credentials } from './cluster-config.ts'

/** Plugins keep their own expiry; this only spares calling them for every request. */
const keepForMs = 30_000

/**
 * Credentials of a kubeconfig user with `exec` or `auth-provider` (`plugin`: these two fields), through the official client,
 * which is loaded at the first use and must be installed for it. `path`: the user's file, for messages.
 */
export function pluginCredentials(path: string, plugin: object): CredentialSource {
  let held: Promise<Credentials> | undefined
  let heldSinceMs = 0
  return ({ refresh }) => {
    const nowMs = systemClock.monotonicMs()
    if (held === undefined || refresh || nowMs - heldSinceMs >= keepForMs) {
      heldSinceMs = nowMs
      const next = readCredentials(path, plugin)
      held = next
      // A failure is not kept.
      next.catch(() => {
        if (held === next) held = undefined
      })
    }
    return held
  }
}

async function readCredentials(path: string, plugin: object): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch((cause: unknown) => {
    throw new Error(`kubeconfig ${path} uses a credential plugin: install @kubernetes/client-node for that`, { cause })
  })
  // A new one each time: the object remembers credentials that the server may just have refused.
  const config = new KubeConfig()
  // Only the plugin: everything else is ours. JSON is YAML.
  config.loadFromString(
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://c' } }],
      users: [{ name: 'c', user: plugin }],
    }),
  )
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const { Authorization: authorization } = (options.headers ?? {}) as { readonly Authorization?: unknown }
  const isBearer = typeof authorization === 'string' && authorization.startsWith('Bearer ')
  return {
    ...(isBearer ? { token: authorization.slice('Bearer '.length) } : {}),
    ...pem('clientCert', options.cert),
    ...pem('clientKey', options.key),
  }
}

function pem(name: 'clientCert' | 'clientKey', value: unknown): Credentials {
  if (typeof value === 'string') return { [name]: value }
  return Buffer.isBuffer(value) ? { [name]: value.toString('utf8') } : {}
}
