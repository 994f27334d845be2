import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RegistrationService } from '@csi-ts/csi-proto'
import { type Client, createClient, openChannel } from '@csi-ts/csi-rpc'
import { createDriver, type ServingDriver, serveCsi } from '@csi-ts/driver-sdk'
import { type RunningProgram, runProgram } from '@csi-ts/process/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { onTestFinished } from 'vitest'

/** A node: a folder for the driver's socket and kubelet's registry. */
export interface NodeFolders {
  /** The driver's socket. */
  readonly csiAddress: string
  /** Kubelet's plugins_registry. */
  readonly registry: string
  /** The registration socket of `mock.csi.k8s.io`. */
  readonly socketPath: string
}

/** Folders that are removed after the test. */
export async function nodeFolders(): Promise<NodeFolders> {
  const root = await mkdtemp(join(tmpdir(), 'registrar-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const registry = join(root, 'registry')
  await mkdir(registry)
  return { csiAddress: join(root, 'csi.sock'), registry, socketPath: join(registry, 'mock.csi.k8s.io-reg.sock') }
}

/** A driver, closed after the test. */
export async function startDriver(csiAddress: string, name = 'mock.csi.k8s.io'): Promise<ServingDriver> {
  const driver = createDriver({
    name: 'mock.csi.k8s.io',
    vendorVersion: '1',
    identity: { getPluginInfo: () => ({ name }) },
  })
  const serving = await serveCsi(driver, {
    endpoint: csiAddress,
    log: silentLogger,
    signal: new AbortController().signal,
  })
  onTestFinished(() => serving.close({ graceMs: 0 }))
  return serving
}

/** The path of the host that kubelet is told. */
export const hostPath = '/var/lib/kubelet/plugins/mock.csi.k8s.io/csi.sock'

/** The real program with the arguments that every registrar needs, ended after the test. */
export function startRegistrar(node: NodeFolders, ...args: string[]): RunningProgram {
  return startProgram(
    `--csi-address=${node.csiAddress}`,
    `--plugin-registration-path=${node.registry}`,
    `--kubelet-registration-path=${hostPath}`,
    ...args,
  )
}

/** The real program, ended after the test. */
export function startProgram(...args: string[]): RunningProgram {
  const program = runProgram(new URL('../main.ts', import.meta.url), args)
  onTestFinished(() => program[Symbol.asyncDispose]())
  return program
}

/** What kubelet calls; the connection is closed after the test. */
export function kubeletAt(socketPath: string): Client<typeof RegistrationService> {
  const channel = openChannel({ address: socketPath })
  onTestFinished(() => channel.close())
  return createClient(RegistrationService, channel)
}

/** Status and body of a GET. */
export async function get(address: string, path: string): Promise<string> {
  const answer = await fetch(`http://${address}${path}`)
  return `${answer.status} ${await answer.text()}`
}
