import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BoundService, parseServerEndpoint, type RpcServer, serve } from '@csi-ts/csi-rpc'
import type { Logger } from '@csi-ts/telemetry'

/** A registration socket that is served. */
export interface RegistrationSocket {
  readonly server: RpcServer
  /** Which file it is, to tell it from one that somebody has put in its place. */
  readonly identity: string
}

/**
 * Where kubelet looks for the driver: `<dir>/<driver>-reg.sock`. Throws an Error when the name would lead out of the
 * directory or be ignored by kubelet, or when the path is longer than a socket may have.
 */
export function registrationSocketPath(registrationDir: string, driverName: string): string {
  if (driverName === '' || driverName.startsWith('.') || /[/\0]/.test(driverName)) {
    throw new Error(`invalid driver name ${JSON.stringify(driverName)}: want letters, digits, dots and dashes`)
  }
  return parseServerEndpoint(join(registrationDir, `${driverName}-reg.sock`))
}

/**
 * Serves on the socket, with mode 0700. A socket that is there is replaced, as upstream does, also when somebody still listens on
 * it: during an update the old pod may outlive the start of the new one. Rejects when the file is something else or the
 * directory does not exist; it is not created.
 */
export async function openRegistrationSocket(
  path: string,
  service: BoundService,
  log: Logger,
): Promise<RegistrationSocket> {
  const options = { endpoint: path, log, socketMode: 0o700 }
  let server: RpcServer
  try {
    server = await serve([service], options)
  } catch (error) {
    if (!(await isSocket(path))) throw error
    await rm(path, { force: true })
    server = await serve([service], options)
  }
  return { server, identity: (await identityOf(path)) ?? '' }
}

/** Which file the path is; nothing when there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path, { bigint: true })
    return `${stats.dev}:${stats.ino}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function isSocket(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined)
  return stats?.isSocket() === true
}
