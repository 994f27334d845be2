import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessMode, type CreateVolumeRequest, type DeepPartial, type VolumeCapability } from '@csi-ts/csi-proto'
import { type InMemoryDriver, inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import type { Mounter } from '@csi-ts/mount'
import { createMountFixture, FakeMounter } from '@csi-ts/mount/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { createHostpathDriver } from '../driver.ts'
import type { HostpathOptions } from '../hostpath-options.ts'

/** A hostpath driver over a scratch folder, called without a socket. */
export interface HostpathFixture extends AsyncDisposable {
  /** Scratch folder; the state directory and the targets lie in it. */
  readonly directory: string
  readonly stateDir: string
  readonly stagingPath: string
  readonly mounter: Mounter
  /** The running driver; another one after `restart`. */
  readonly driver: () => InMemoryDriver
  /** Loads the state again, as a new process would; options given replace those of the first start. */
  readonly restart: (change?: Partial<HostpathOptions> & { readonly bootId?: string }) => Promise<InMemoryDriver>
  /** A path to publish at; its parent exists. */
  readonly targetNamed: (name: string) => string
  /** Creates and stages a volume and returns its id. */
  readonly stagedVolume: (name: string, mode?: AccessMode) => Promise<string>
}

/** Calls of specs carry no deadline. */
export const call: Record<string, never> = {}

/** A capability for a file system, SINGLE_NODE_WRITER unless said otherwise. */
export function mountCapability(mode: AccessMode = AccessMode.SINGLE_NODE_WRITER): VolumeCapability {
  const mount = { fsType: '', mountFlags: [], volumeMountGroup: '' }
  return { accessType: { $case: 'mount', value: mount }, accessMode: { mode } }
}

/** A request for a volume of 1 MiB. */
export function volumeRequest(name: string): DeepPartial<CreateVolumeRequest> {
  return { name, volumeCapabilities: [mountCapability()], capacityRange: { requiredBytes: 1n << 20n } }
}

/** Starts a driver over an empty scratch folder. */
export async function createHostpathFixture(
  options: Partial<HostpathOptions> = {},
  mounter: Mounter = new FakeMounter(),
): Promise<HostpathFixture> {
  const scratch = await createMountFixture(mounter)
  const { directory } = scratch
  const stateDir = join(directory, 'state')
  const stagingPath = join(directory, 'staging')
  await mkdir(join(directory, 'targets'))

  const start = async (
    change: Partial<HostpathOptions> & { readonly bootId?: string } = {},
  ): Promise<InMemoryDriver> => {
    const { bootId = 'first-boot', ...changed } = change
    const given: HostpathOptions = { nodeId: 'node-1', stateDir, ...options, ...changed }
    return inMemoryDriver(await createHostpathDriver({ log: silentLogger, mounter, bootId }, given))
  }
  let running = await start()
  return {
    directory,
    stateDir,
    stagingPath,
    mounter,
    driver: () => running,
    async restart(change) {
      running = await start(change)
      return running
    },
    targetNamed: (name) => join(directory, 'targets', name),
    async stagedVolume(name, mode = AccessMode.SINGLE_NODE_WRITER) {
      const { volume } = await running.controller.createVolume(volumeRequest(name), call)
      const volumeId = volume?.volumeId ?? ''
      const volumeCapability = mountCapability(mode)
      await running.node.nodeStageVolume({ volumeId, stagingTargetPath: stagingPath, volumeCapability }, call)
      return volumeId
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  }
}
