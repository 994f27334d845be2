import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IdentityService } from '@csi-ts/csi-proto'
import { bindService, type Handlers, type RpcServer, serve } from '@csi-ts/csi-rpc'
import { silentLogger } from '@csi-ts/telemetry'
import { onTestFinished } from 'vitest'

type Probe = Handlers<typeof IdentityService>['probe']

/** A folder for sockets that is removed after the test. */
export async function socketFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'health-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A driver that answers nothing but Probe, on `<folder>/csi.sock`; closed after the test. */
export async function serveProbe(folder: string, probe: Probe): Promise<{ server: RpcServer; address: string }> {
  const address = join(folder, 'csi.sock')
  const server = await serve([bindService(IdentityService, { probe })], { endpoint: address, log: silentLogger })
  onTestFinished(() => server.close({ graceMs: 0 }))
  return { server, address }
}
