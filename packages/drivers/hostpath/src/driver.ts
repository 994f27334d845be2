import { mkdir, readFile } from 'node:fs/promises'
import { ControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import { createDriver, type Driver, OperationLocks } from '@csi-ts/driver-sdk'
import { LinuxMounter, type Mounter } from '@csi-ts/mount'
import type { Logger } from '@csi-ts/telemetry'
import { createControllerService } from './controller-service.ts'
import { importGoState } from './go-state.ts'
import { type HostpathOptions, resolveHostpathOptions } from './hostpath-options.ts'
import { openNodeRecords } from './node-records.ts'
import { createNodeService } from './node-service.ts'
import { recover } from './recover.ts'
import { createVolumeDirectories } from './volume-directories.ts'
import { openVolumeStore } from './volume-store.ts'
import type { HostpathState } from './volumes.ts'

export type { HostpathOptions } from './hostpath-options.ts'
export { volumePath } from './volume-directories.ts'

/** What the driver works with. */
export interface HostpathDeps {
  readonly log: Logger
  /** Default: a {@link LinuxMounter}. */
  readonly mounter?: Mounter
  /** Identifies the boot of the machine; mounts do not outlive it. Default: the kernel's. */
  readonly bootId?: string
  /** Ends the recovery at start. Default: never. */
  readonly signal?: AbortSignal
}

/**
 * The hostpath driver, ready to be served: state is loaded and what an earlier stop interrupted is finished or taken back.
 *
 * @throws InvalidVolumeRecordError when a record cannot be read; GoStateError when the state of the Go driver cannot be
 * taken over; errors of the file system when `stateDir` cannot be used.
 */
export async function createHostpathDriver(deps: HostpathDeps, given: HostpathOptions): Promise<Driver> {
  const { log, mounter = new LinuxMounter(), signal = new AbortController().signal } = deps
  const options = resolveHostpathOptions(given)
  const bootId = deps.bootId ?? (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  await mkdir(options.stateDir, { recursive: true, mode: 0o750 })
  const store = await openVolumeStore(options.stateDir)
  await importGoState(options.stateDir, store, log)
  const state: HostpathState = {
    store,
    directories: await createVolumeDirectories(mounter, options.stateDir),
    nodeRecords: await openNodeRecords(options.stateDir, bootId, log),
    mounter,
    locks: new OperationLocks(),
  }
  await recover(state, { log, signal })
  return createDriver({
    name: options.driverName,
    vendorVersion: options.version,
    controller: createControllerService(state, options),
    node: createNodeService(state, options),
    capabilities: {
      plugin: options.enableTopology ? [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS] : [],
      controller: [ControllerCapability.SINGLE_NODE_MULTI_WRITER],
      node: [NodeCapability.SINGLE_NODE_MULTI_WRITER],
    },
  })
}
