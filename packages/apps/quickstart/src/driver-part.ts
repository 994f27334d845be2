import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { connectDriver, getControllerCapabilities, getDriverName } from '@csi-ts/csi-client'
import { ControllerCapability } from '@csi-ts/csi-proto'
import { createHostpathDriver, volumePath } from '@csi-ts/driver-hostpath/driver'
import { serveCsi } from '@csi-ts/driver-sdk'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Closers } from './closers.ts'

/** The driver that takes part. */
export interface DriverPart {
  readonly name: string
  /** Path of its socket. */
  readonly socket: string
  /** Where it keeps a volume, when that is known. */
  readonly backingPath: ((volumeId: string) => string) | undefined
  /** How many volumes it holds; 0 for a driver that cannot list them. */
  countVolumes(ctx: WorkContext): Promise<number>
}

const callMs = 5_000

/** Serves the hostpath driver in this process, or takes the one that listens on `endpoint`. */
export async function startDriver(
  options: { readonly endpoint: string; readonly scratch: string; readonly nodeName: string },
  closers: Closers,
  ctx: WorkContext,
): Promise<{ readonly detail: string; readonly value: DriverPart }> {
  const stateDir = join(options.scratch, 'volumes')
  const own = options.endpoint === ''
  const socket = own ? join(options.scratch, 'csi.sock') : options.endpoint.replace(/^unix:(\/\/)?/, '')
  if (own) await serveHostpath(stateDir, socket, options.nodeName, closers, ctx)

  const connection = await connectDriver({
    address: socket,
    connectTimeoutMs: callMs,
    log: ctx.log,
    signal: ctx.signal,
  })
  closers.add(() => connection.close())
  const name = await getDriverName(connection, ctx, { timeoutMs: callMs })
  const capabilities = await getControllerCapabilities(connection, ctx, { timeoutMs: callMs })
  if (capabilities.has(ControllerCapability.PUBLISH_UNPUBLISH_VOLUME)) {
    throw new Error(`${name} must attach volumes (PUBLISH_UNPUBLISH_VOLUME), and quickstart has no attacher`)
  }
  const lists = capabilities.has(ControllerCapability.LIST_VOLUMES)
  const value: DriverPart = {
    name,
    socket,
    backingPath: own ? (volumeId) => volumePath(stateDir, volumeId) : undefined,
    async countVolumes(work) {
      return lists ? (await connection.controller.listVolumes({}, { ...work, timeoutMs: callMs })).entries.length : 0
    },
  }
  return { detail: `${name}, ${own ? 'in this process' : `unix://${socket}`}`, value }
}

async function serveHostpath(
  stateDir: string,
  socket: string,
  nodeId: string,
  closers: Closers,
  ctx: WorkContext,
): Promise<void> {
  await mkdir(stateDir)
  const driver = await createHostpathDriver({ log: ctx.log }, { stateDir, nodeId })
  // Not ended by an interrupt: volumes must still be taken down. The closer ends it.
  const signal = new AbortController().signal
  const serving = await serveCsi(driver, { endpoint: `unix://${socket}`, log: ctx.log, signal })
  closers.add(() => serving.close())
}
