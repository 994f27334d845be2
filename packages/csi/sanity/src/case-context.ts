import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '@csi-ts/concurrency'
import {
  AccessMode,
  type CreateSnapshotRequest,
  type CreateVolumeRequest,
  type DeepPartial,
  PluginService,
  type Snapshot,
  type Volume,
  type VolumeCapability,
} from '@csi-ts/csi-proto'
import type { CallOptions } from '@csi-ts/csi-rpc'
import type { WorkContext } from '@csi-ts/telemetry'
import { check } from './check.ts'
import type { Cleanups } from './cleanups.ts'
import type { DriverFacts } from './driver-facts.ts'
import { createRepeat } from './repeat.ts'
import type { SuiteOptions } from './suite-options.ts'
import type { DriverClients, SuiteTarget } from './suite-target.ts'

/** What one case works with. Whatever it makes through this is taken away after it, in reverse order. */
export interface CaseContext {
  /** The clients of the driver; to be asked for anew after a restart. */
  readonly driver: DriverClients
  readonly facts: DriverFacts
  readonly options: SuiteOptions
  readonly work: WorkContext
  /** For one call: the deadline, and the signal of the run. */
  call(): CallOptions
  /** Secrets for an RPC. */
  secrets(rpc: string): Record<string, string>
  /** A name that nothing else has. */
  uniqueName(what?: string): string
  /** A capability for the access type of the run; SINGLE_NODE_WRITER unless said otherwise. */
  capability(mode?: AccessMode): VolumeCapability
  /** The request that {@link createVolume} sends. */
  volumeRequest(change?: DeepPartial<CreateVolumeRequest>): DeepPartial<CreateVolumeRequest>
  /** Creates a volume, however long that takes. */
  createVolume(change?: DeepPartial<CreateVolumeRequest>, call?: CallOptions): Promise<Volume>
  /** One call of CreateVolume, whatever comes of it; a volume that it makes is deleted after the case. */
  tryCreateVolume(change?: DeepPartial<CreateVolumeRequest>, call?: CallOptions): Promise<Volume>
  /** Creates a snapshot and waits until it is ready to use. */
  createSnapshot(sourceVolumeId: string, change?: DeepPartial<CreateSnapshotRequest>): Promise<Snapshot>
  /** One call of CreateSnapshot; a snapshot that it makes is deleted after the case. */
  tryCreateSnapshot(sourceVolumeId: string, change?: DeepPartial<CreateSnapshotRequest>): Promise<Snapshot>
  /** Repeats a call until it does not answer any more that work is going on. */
  repeat<T>(call: () => Promise<T>, isDone?: (answer: T) => boolean): Promise<T>
  /** A path to publish at; its parent exists. */
  targetPath(name?: string): Promise<string>
  /** A staging path that exists. */
  stagingPath(name?: string): Promise<string>
  /** Registers what undoes something. A failure fails the case. */
  defer(what: string, undo: () => Promise<unknown>): void
  /** Restarts the driver; only behind the gate `restart`. */
  restart(): Promise<void>
}

/** What contexts are made from. */
export interface CaseContextDeps {
  readonly target: SuiteTarget
  readonly facts: DriverFacts
  readonly options: SuiteOptions
  readonly work: WorkContext
  readonly clock: Clock
  readonly cleanups: Cleanups
}

/** Creates the context of one case. */
export function createCaseContext(deps: CaseContextDeps): CaseContext {
  const { target, facts, options, work, cleanups } = deps
  const id = randomBytes(5).toString('hex')
  const call = (): CallOptions => ({ signal: work.signal, log: work.log, timeoutMs: options.callTimeoutMs })
  const secrets = (rpc: string): Record<string, string> => ({ ...options.secrets[rpc] })
  const repeat = createRepeat({ clock: deps.clock, timeoutMs: options.readyTimeoutMs, work })
  const defer = (what: string, undo: () => Promise<unknown>): void => cleanups.defer(what, undo)
  const paths = createCasePaths(deps, id)
  let names = 0
  const uniqueName = (what = 'volume'): string => {
    names += 1
    return `sanity-${what}-${id}-${names}`
  }
  const capability = (mode: AccessMode = AccessMode.SINGLE_NODE_WRITER): VolumeCapability => {
    const mount = { fsType: '', mountFlags: [], volumeMountGroup: '' }
    const accessType =
      options.accessType === 'mount'
        ? { $case: 'mount' as const, value: mount }
        : { $case: 'block' as const, value: {} }
    return { accessType, accessMode: { mode } }
  }
  const volumeRequest: CaseContext['volumeRequest'] = (change = {}) => ({
    name: uniqueName(),
    volumeCapabilities: [capability()],
    capacityRange: { requiredBytes: options.volumeSizeBytes },
    parameters: options.parameters,
    secrets: secrets('CreateVolume'),
    accessibilityRequirements: onThisNode(facts),
    ...change,
  })
  const createOnce = async (request: DeepPartial<CreateVolumeRequest>, how: CallOptions): Promise<Volume> => {
    const { volume } = await target.clients().controller.createVolume(request, how)
    check(volume !== undefined && volume.volumeId !== '', 'CreateVolume answers without volume_id')
    const { volumeId } = volume
    defer(`DeleteVolume ${volumeId}`, () =>
      repeat(() => target.clients().controller.deleteVolume({ volumeId, secrets: secrets('DeleteVolume') }, call())),
    )
    return volume
  }
  const snapshotOnce = async (request: DeepPartial<CreateSnapshotRequest>): Promise<Snapshot> => {
    const { snapshot } = await target.clients().controller.createSnapshot(request, call())
    check(snapshot !== undefined && snapshot.snapshotId !== '', 'CreateSnapshot answers without snapshot_id')
    const { snapshotId } = snapshot
    defer(`DeleteSnapshot ${snapshotId}`, () =>
      repeat(() =>
        target.clients().controller.deleteSnapshot({ snapshotId, secrets: secrets('DeleteSnapshot') }, call()),
      ),
    )
    return snapshot
  }
  const snapshotRequest = (
    sourceVolumeId: string,
    change: DeepPartial<CreateSnapshotRequest> = {},
  ): DeepPartial<CreateSnapshotRequest> => ({
    name: uniqueName('snapshot'),
    sourceVolumeId,
    parameters: options.snapshotParameters,
    secrets: secrets('CreateSnapshot'),
    ...change,
  })
  return {
    get driver() {
      return target.clients()
    },
    facts,
    options,
    work,
    call,
    secrets,
    uniqueName,
    capability,
    volumeRequest,
    createVolume(change, how = call()) {
      const request = volumeRequest(change)
      return repeat(() => createOnce(request, how))
    },
    tryCreateVolume: (change, how = call()) => createOnce(volumeRequest(change), how),
    createSnapshot(sourceVolumeId, change) {
      const request = snapshotRequest(sourceVolumeId, change)
      return repeat(
        () => snapshotOnce(request),
        ({ readyToUse }) => readyToUse,
      )
    },
    tryCreateSnapshot: (sourceVolumeId, change) => snapshotOnce(snapshotRequest(sourceVolumeId, change)),
    repeat,
    ...paths,
    defer,
    async restart() {
      check(target.restart !== undefined, 'the driver cannot be restarted')
      await target.restart(work)
    },
  }
}

function onThisNode({ plugin, nodeInfo }: DriverFacts): CreateVolumeRequest['accessibilityRequirements'] {
  const here = nodeInfo?.accessibleTopology
  if (here === undefined || !plugin.has(PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS)) return undefined
  return { requisite: [here], preferred: [here] }
}

/** Directories of a case, made when it first asks for a path in them. */
function createCasePaths(
  { options: { paths, stagingDir, targetDir }, cleanups }: CaseContextDeps,
  id: string,
): Pick<CaseContext, 'targetPath' | 'stagingPath'> {
  const made = new Map<string, Promise<string>>()
  const dir = (
    path: string,
    create: () => Promise<string>,
    remove: (made: string) => Promise<void>,
  ): Promise<string> => {
    const known = made.get(path)
    if (known !== undefined) return known
    const created = create()
    made.set(path, created)
    cleanups.defer(`removing ${path}`, async () => await remove(await created))
    return created
  }
  const target = join(targetDir, id)
  return {
    async targetPath(name = 'target') {
      const parent = await dir(
        target,
        () => paths.createTargetDir(target),
        (path) => paths.removeTargetDir(path),
      )
      return join(parent, name)
    },
    stagingPath(name = 'staging') {
      const staging = join(stagingDir, `${id}-${name}`)
      return dir(
        staging,
        () => paths.createStagingDir(staging),
        (path) => paths.removeStagingDir(path),
      )
    },
  }
}
