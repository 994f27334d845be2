import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RegistrationService } from '@csi-ts/csi-proto'
import { type Client, createClient, openChannel } from '@csi-ts/csi-rpc'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import { onTestFinished } from 'vitest'
import { type Registration, type ServeRegistrationOptions, serveRegistration } from '../serve-registration.ts'

/** A stand-in for kubelet's plugin registry that is removed after the test. */
export async function registryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What kubelet calls; the connection is closed after the test. */
export function kubeletAt(socketPath: string): Client<typeof RegistrationService> {
  const channel = openChannel({ address: socketPath })
  onTestFinished(() => channel.close())
  return createClient(RegistrationService, channel)
}

/** A registration and those who see it. */
export interface RegistrationSetup {
  readonly registration: Registration
  readonly registrationDir: string
  readonly lines: readonly RecordedLine[]
  /** Reasons for which kubelet refused the driver. */
  readonly refusals: readonly string[]
  readonly stop: AbortController
  readonly kubelet: Client<typeof RegistrationService>
}

/** A registration of `mock.csi.k8s.io`, closed after the test. */
export async function register(options: Partial<ServeRegistrationOptions> = {}): Promise<RegistrationSetup> {
  const registrationDir = options.registrationDir ?? (await registryFolder())
  const { log, lines } = createLogRecorder()
  const refusals: string[] = []
  const stop = new AbortController()
  const registration = await serveRegistration({
    driverName: 'mock.csi.k8s.io',
    endpoint: '/var/lib/kubelet/plugins/mock/csi.sock',
    registrationDir,
    log,
    onRefused: (error) => refusals.push(error),
    signal: stop.signal,
    ...options,
  })
  onTestFinished(() => registration.close())
  return { registration, registrationDir, lines, refusals, stop, kubelet: kubeletAt(registration.socketPath) }
}
