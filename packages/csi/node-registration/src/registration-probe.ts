import { lstat } from 'node:fs/promises'
import { RegistrationService } from '@csi-ts/csi-proto'
import { createClient, openChannel, toGoErrorText } from '@csi-ts/csi-rpc'
import { errorText } from '@csi-ts/telemetry'

/** Which socket is checked for whom. */
export interface CheckRegistrationOptions {
  readonly socketPath: string
  readonly driverName: string
  /** For GetInfo. */
  readonly timeoutMs: number
  /** For connecting. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Answer of the registrar's `/healthz`. */
export interface RegistrationReport {
  readonly status: 200 | 404 | 500
  readonly body: string
}

/**
 * Whether the registration socket is there and answers with the driver's name, over a new connection. It says nothing of whether kubelet has registered the
 * driver, nor of the driver. Never rejects, logs nothing: it is asked every few seconds.
 */
export async function checkRegistration(options: CheckRegistrationOptions): Promise<RegistrationReport> {
  const { socketPath, driverName, timeoutMs, connectTimeoutMs = 30_000, signal } = options
  const missing = await whyNoSocket(socketPath)
  if (missing !== undefined) return missing
  const channel = openChannel({ address: socketPath })
  try {
    await channel.waitForReady(connectTimeoutMs, { signal })
  } catch (error) {
    channel.close()
    return failure(`error connecting to node-registrar socket ${socketPath}: ${errorText(error)}`)
  }
  try {
    const { name } = await createClient(RegistrationService, channel).getInfo(
      {},
      { timeoutMs, ...(signal && { signal }) },
    )
    return name === driverName ? { status: 200, body: 'ok' } : failure(`invalid driver name ${name}`)
  } catch (error) {
    return failure(`error getting info from node-registrar socket: ${toGoErrorText(error)}`)
  } finally {
    channel.close()
  }
}

async function whyNoSocket(path: string): Promise<RegistrationReport | undefined> {
  try {
    const stats = await lstat(path)
    return stats.isSocket() ? undefined : failure(`${path} is not a socket`)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? { status: 404, body: 'registration socket does not exist' } : failure(errorText(error))
  }
}

function failure(body: string): RegistrationReport {
  return { status: 500, body }
}
