import { join } from 'node:path'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommand, componentCommands } from '@csi-ts/tools/components'
import { startMeasured } from '../process/measured-process.ts'

/** A running driver that sidecars can talk to. */
export interface RunningDriver extends AsyncDisposable {
  readonly socket: string
}

/** Bundles and starts the hostpath driver; its socket and volumes are in `folder`. */
export async function startDriver(folder: string): Promise<RunningDriver> {
  await bundleCommands([componentCommands['driver-hostpath']])
  const socket = join(folder, 'csi.sock')
  const { program, args } = componentCommand('driver-hostpath')
  const flags = [`--endpoint=unix://${socket}`, '--nodeid=node1', `--statedir=${folder}`]
  const driver = startMeasured(program, [...args, ...flags])
  await driver.next((line) => line.includes('"serving"') || undefined)
  return { socket, [Symbol.asyncDispose]: () => driver.kill() }
}
