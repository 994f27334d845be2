import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDriver, serveCsi } from '@csi-ts/driver-sdk'
import { type RunningProgram, runProgram } from '@csi-ts/process/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { onTestFinished } from 'vitest'

/** A driver whose answers a test changes. */
export interface ProbedDriver {
  readonly address: string
  ready: boolean
  /** Called by each Probe before it answers. */
  onProbe: () => Promise<void> | void
  close(): Promise<void>
}

/** A folder for sockets that is removed after the test. */
export async function socketFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'livenessprobe-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A driver at `<folder>/csi.sock`, by default named `mock.csi.k8s.io`; closed after the test. */
export async function startDriver(folder: string, info?: { readonly name: string }): Promise<ProbedDriver> {
  const address = join(folder, 'csi.sock')
  const stop = new AbortController()
  const state: ProbedDriver = {
    address,
    ready: true,
    onProbe: () => {},
    close: async () => {
      stop.abort()
      await serving.close({ graceMs: 0 })
    },
  }
  const driver = createDriver({
    name: 'mock.csi.k8s.io',
    vendorVersion: '1',
    identity: {
      probe: async () => {
        await state.onProbe()
        return { ready: state.ready }
      },
      ...(info && { getPluginInfo: () => info }),
    },
  })
  const serving = await serveCsi(driver, { endpoint: address, log: silentLogger, signal: stop.signal })
  onTestFinished(() => state.close())
  return state
}

/** The real program, ended after the test. */
export function startProgram(...args: string[]): RunningProgram {
  const program = runProgram(new URL('../main.ts', import.meta.url), args)
  onTestFinished(() => program[Symbol.asyncDispose]())
  return program
}

/** Status and body of a GET. */
export async function get(address: string, path: string, method = 'GET'): Promise<string> {
  const answer = await fetch(`http://${address}${path}`, { method })
  return `${answer.status} ${await answer.text()}`
}

/** A port that was free a moment ago, on every address. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
