import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@csi-ts/telemetry'
import type { BoundService } from '../bind-service.ts'
import { type RpcServer, type ServeOptions, serve } from '../serve.ts'

/** A server on a socket of its own, gone when it is disposed. */
export interface TempServer extends AsyncDisposable {
  readonly server: RpcServer
  /** Path of the socket. */
  readonly address: string
  /** The directory that holds the socket, and nothing else. */
  readonly directory: string
  /** Number of open connections. */
  connections(): number
  /** Closes the server and serves again at the same address, as a driver that restarts. */
  restart(): Promise<void>
}

/** Serves on a real socket in a new directory below the system's temporary one. */
export async function serveInTempDir(
  services: readonly BoundService[],
  options: Omit<Partial<ServeOptions>, 'endpoint'> = {},
): Promise<TempServer> {
  const directory = await mkdtemp(join(tmpdir(), 'csi-'))
  const address = join(directory, 'csi.sock')
  const start = (): Promise<RpcServer> =>
    serve(services, { log: silentLogger, ...options, endpoint: `unix://${address}` })
  let server = await start()
  return {
    get server() {
      return server
    },
    address,
    directory,
    connections: () => server.connections,
    async restart() {
      await server.close({ graceMs: 0 })
      server = await start()
    },
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 })
      await rm(directory, { recursive: true })
    },
  }
}
