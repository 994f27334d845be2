import { request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { KeyedCertificate } from '@csi-ts/kube-cluster'
import { type Daemon, describeExit, tailOf } from './daemon.ts'

/**
 * Asks an HTTPS health endpoint until it answers 200.
 *
 * @throws Error when the daemon behind it ends first, or when `timeoutMs` have passed: with the tail of its log.
 */
export async function waitForHealthy(
  daemon: Daemon,
  url: string,
  o: {
    readonly ca: string
    readonly client: KeyedCertificate
    readonly timeoutMs: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  const deadline = performance.now() + o.timeoutMs
  for (;;) {
    const answer = await ask(url, o)
    if (answer === 200) return
    const status = daemon.status()
    const why =
      status === undefined ? `did not get ready in ${o.timeoutMs / 1_000} s (${url}: ${answer})` : describeExit(status)
    if (status !== undefined || performance.now() > deadline) {
      throw new Error(`${daemon.name} ${why}\n${tailOf(daemon.output())}`)
    }
    // Nothing announces that a server listens; this is how often we look.
    await delay(50, undefined, { signal: o.signal })
  }
}

async function ask(
  url: string,
  o: { readonly ca: string; readonly client: KeyedCertificate },
): Promise<number | string> {
  return new Promise((resolve) => {
    const call = request(
      url,
      { ca: o.ca, cert: o.client.cert, key: o.client.key, agent: false, timeout: 2_000 },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    call.once('timeout', () => call.destroy(new Error('no answer in 2 s')))
    call.once('error', (error) => resolve(error.message))
    call.end()
  })
}
