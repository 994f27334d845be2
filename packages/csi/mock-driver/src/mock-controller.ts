import type { Clock } from '@csi-ts/concurrency'
import {
  ControllerCapability,
  type CreateVolumeRequest,
  type DeepPartial,
  type Snapshot,
  type Volume,
} from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import {
  type ControllerHandlers,
  chooseTopology,
  defineController,
  isSameCapability,
  isWithinRange,
  OperationLocks,
  paginate,
  parseCapacityRange,
  type Segments,
} from '@csi-ts/driver-sdk'
import type { MockSnapshot, MockState, MockVolume } from './mock-state.ts'

/** What controller and node of the mock driver share. */
export interface MockParts {
  readonly state: MockState
  /** Called after every change, before the answer. */
  readonly changed: () => Promise<void>
  readonly nodeId: string
  readonly topology: Segments | undefined
  readonly maxVolumesPerNode: number
  readonly totalBytes: bigint
  readonly clock: Clock
}

const methodsOf: ReadonlyMap<number, readonly (keyof ControllerHandlers)[]> = new Map([
  [ControllerCapability.CREATE_DELETE_VOLUME, ['createVolume', 'deleteVolume']],
  [ControllerCapability.PUBLISH_UNPUBLISH_VOLUME, ['controllerPublishVolume', 'controllerUnpublishVolume']],
  [ControllerCapability.LIST_VOLUMES, ['listVolumes']],
  [ControllerCapability.GET_CAPACITY, ['getCapacity']],
  [ControllerCapability.CREATE_DELETE_SNAPSHOT, ['createSnapshot', 'deleteSnapshot']],
  [ControllerCapability.LIST_SNAPSHOTS, ['listSnapshots']],
  [ControllerCapability.EXPAND_VOLUME, ['controllerExpandVolume']],
  [ControllerCapability.GET_VOLUME, ['controllerGetVolume']],
  [ControllerCapability.MODIFY_VOLUME, ['controllerModifyVolume']],
])

/** The controller methods that the capabilities are made of; ValidateVolumeCapabilities is always there. */
export function createMockController(parts: MockParts, capabilities: readonly number[]): ControllerHandlers {
  const all = allMethods(parts)
  const wanted = new Set(['validateVolumeCapabilities', ...capabilities.flatMap((one) => methodsOf.get(one) ?? [])])
  return Object.fromEntries(Object.entries(all).filter(([method]) => wanted.has(method)))
}

function allMethods({ state, changed, ...parts }: MockParts): ControllerHandlers {
  const locks = new OperationLocks()
  const volume = (id: string): MockVolume => state.volumes.get(id) ?? notFound(`volume ${id}`)
  return defineController({
    createVolume: (request) =>
      locks.run(request.name, async () => {
        const known = [...state.volumes.values()].find((candidate) => candidate.name === request.name)
        if (known !== undefined) return { volume: toVolume(assertSame(known, request)) }
        const created = planVolume(state, parts, request)
        state.volumes.set(created.id, created)
        await changed()
        return { volume: toVolume(created) }
      }),

    deleteVolume: ({ volumeId }) =>
      locks.run(volumeId, async () => {
        const known = state.volumes.get(volumeId)
        if (known !== undefined && known.attachments.size + known.published.size > 0) {
          throw new CsiError(Code.FailedPrecondition, `volume ${volumeId} is in use`)
        }
        if (state.volumes.delete(volumeId)) await changed()
        return {}
      }),

    controllerPublishVolume: ({ volumeId, nodeId, readonly, volumeCapability }) =>
      locks.run(volumeId, async () => {
        const { attachments } = volume(volumeId)
        if (nodeId !== parts.nodeId) notFound(`node ${nodeId}`)
        if (volumeCapability === undefined) throw new Error('unchecked request')
        const known = attachments.get(nodeId)
        if (
          known !== undefined &&
          (known.readonly !== readonly || !isSameCapability(known.capability, volumeCapability))
        ) {
          throw new CsiError(Code.AlreadyExists, `volume ${volumeId} is attached to ${nodeId} in another way`)
        }
        const attached = [...state.volumes.values()].filter((other) => other.attachments.has(nodeId)).length
        if (known === undefined && parts.maxVolumesPerNode > 0 && attached >= parts.maxVolumesPerNode) {
          throw new CsiError(Code.ResourceExhausted, `node ${nodeId} has ${attached} volumes, its limit`)
        }
        attachments.set(nodeId, { readonly, capability: volumeCapability })
        await changed()
        return { publishContext: { device: `/dev/mock/${volumeId}` } }
      }),

    controllerUnpublishVolume: ({ volumeId, nodeId }) =>
      locks.run(volumeId, async () => {
        const attachments = state.volumes.get(volumeId)?.attachments
        if (nodeId === '') attachments?.clear()
        else attachments?.delete(nodeId)
        await changed()
        return {}
      }),

    validateVolumeCapabilities: ({ volumeId, volumeCapabilities }) => {
      volume(volumeId)
      return { confirmed: { volumeCapabilities } }
    },

    listVolumes(request) {
      const { entries, nextToken } = paginate(state.volumes.values(), request, ({ id }) => id)
      return { entries: entries.map((one) => ({ volume: toVolume(one), status: toStatus(one) })), nextToken }
    },

    controllerGetVolume({ volumeId }) {
      const found = volume(volumeId)
      return { volume: toVolume(found), status: toStatus(found) }
    },

    getCapacity: () => ({ availableCapacity: freeBytes(state, parts.totalBytes) }),

    controllerExpandVolume: ({ volumeId, capacityRange }) =>
      locks.run(volumeId, async () => {
        const found = volume(volumeId)
        const { requiredBytes } = parseCapacityRange(capacityRange)
        if (requiredBytes > found.capacityBytes) {
          assertFits(state, parts.totalBytes, requiredBytes - found.capacityBytes)
          found.capacityBytes = requiredBytes
          await changed()
        }
        return { capacityBytes: found.capacityBytes, nodeExpansionRequired: true }
      }),

    controllerModifyVolume: ({ volumeId, mutableParameters }) =>
      locks.run(volumeId, async () => {
        const found = volume(volumeId)
        assertMutableParameters(mutableParameters)
        found.mutableParameters = { ...found.mutableParameters, ...mutableParameters }
        await changed()
        return {}
      }),

    createSnapshot: ({ name, sourceVolumeId }) =>
      locks.run(`snapshot ${name}`, async () => {
        const known = [...state.snapshots.values()].find((candidate) => candidate.name === name)
        if (known !== undefined && known.sourceVolumeId !== sourceVolumeId) {
          throw new CsiError(Code.AlreadyExists, `snapshot ${name} is of volume ${known.sourceVolumeId}`)
        }
        if (known !== undefined) return { snapshot: toSnapshot(known) }
        const sizeBytes = volume(sourceVolumeId).capacityBytes
        const created: MockSnapshot = {
          id: nextId(state, 'snapshot'),
          name,
          sourceVolumeId,
          sizeBytes,
          createdMs: parts.clock.now(),
        }
        state.snapshots.set(created.id, created)
        await changed()
        return { snapshot: toSnapshot(created) }
      }),

    async deleteSnapshot({ snapshotId }) {
      if (state.snapshots.delete(snapshotId)) await changed()
      return {}
    },

    listSnapshots({ snapshotId, sourceVolumeId, ...page }) {
      const matching = [...state.snapshots.values()].filter(
        (one) => [one.id, ''].includes(snapshotId) && [one.sourceVolumeId, ''].includes(sourceVolumeId),
      )
      const { entries, nextToken } = paginate(matching, page, ({ id }) => id)
      return { entries: entries.map((one) => ({ snapshot: toSnapshot(one) })), nextToken }
    },
  })
}

const defaultBytes = 1n << 30n

function planVolume(
  state: MockState,
  { topology, totalBytes }: Pick<MockParts, 'topology' | 'totalBytes'>,
  request: CreateVolumeRequest,
): MockVolume {
  const { requiredBytes, limitBytes } = parseCapacityRange(request.capacityRange)
  assertMutableParameters(request.mutableParameters)
  const sourceBytes = sizeOfSource(state, request)
  const wishedBytes = requiredBytes === 0n ? (sourceBytes ?? limitBytes ?? defaultBytes) : requiredBytes
  if (sourceBytes !== undefined && wishedBytes < sourceBytes) {
    throw new CsiError(Code.OutOfRange, `the source has ${sourceBytes} bytes, ${wishedBytes} requested`)
  }
  assertFits(state, totalBytes, wishedBytes)
  return {
    id: nextId(state, 'volume'),
    name: request.name,
    capacityBytes: wishedBytes,
    parameters: request.parameters,
    mutableParameters: request.mutableParameters,
    context: { name: request.name },
    contentSource: request.volumeContentSource,
    topology:
      topology === undefined ? undefined : (chooseTopology(request.accessibilityRequirements, [topology]) ?? topology),
    attachments: new Map(),
    staged: new Map(),
    published: new Map(),
  }
}

function sizeOfSource(state: MockState, { volumeContentSource }: CreateVolumeRequest): bigint | undefined {
  const source = volumeContentSource?.type
  if (source === undefined) return undefined
  if (source.$case === 'volume') {
    return (state.volumes.get(source.value.volumeId) ?? notFound(`volume ${source.value.volumeId}`)).capacityBytes
  }
  return (state.snapshots.get(source.value.snapshotId) ?? notFound(`snapshot ${source.value.snapshotId}`)).sizeBytes
}

/** The spec's rule for a name that is taken: the same volume for the same arguments, else AlreadyExists. */
function assertSame(known: MockVolume, request: CreateVolumeRequest): MockVolume {
  const isSame =
    isWithinRange(known.capacityBytes, parseCapacityRange(request.capacityRange)) &&
    JSON.stringify(known.parameters) === JSON.stringify(request.parameters) &&
    JSON.stringify(known.contentSource) === JSON.stringify(request.volumeContentSource)
  if (!isSame) throw new CsiError(Code.AlreadyExists, `volume ${known.name} exists with other properties`)
  return known
}

/** The parameter names that the mock driver refuses: those that tests of callers and csi-sanity take for wrong ones. */
function assertMutableParameters(parameters: Readonly<Record<string, string>>): void {
  const invalid = Object.keys(parameters).find((key) => /^(invalid|XXX_)/.test(key))
  if (invalid !== undefined) throw new CsiError(Code.InvalidArgument, `unknown mutable parameter ${invalid}`)
}

function assertFits(state: MockState, totalBytes: bigint, addedBytes: bigint): void {
  const free = freeBytes(state, totalBytes)
  if (addedBytes > free) throw new CsiError(Code.ResourceExhausted, `${addedBytes} bytes wanted, ${free} are free`)
}

function freeBytes(state: MockState, totalBytes: bigint): bigint {
  return [...state.volumes.values()].reduce((free, { capacityBytes }) => free - capacityBytes, totalBytes)
}

function nextId(state: MockState, kind: string): string {
  state.lastId += 1
  return `${kind}-${String(state.lastId).padStart(6, '0')}`
}

function toVolume(volume: MockVolume): DeepPartial<Volume> {
  return {
    volumeId: volume.id,
    capacityBytes: volume.capacityBytes,
    volumeContext: volume.context,
    contentSource: volume.contentSource,
    accessibleTopology: volume.topology === undefined ? [] : [{ segments: volume.topology }],
  }
}

function toStatus(volume: MockVolume): { readonly publishedNodeIds: readonly string[] } {
  return { publishedNodeIds: [...volume.attachments.keys()] }
}

function toSnapshot({ id, sourceVolumeId, sizeBytes, createdMs }: MockSnapshot): DeepPartial<Snapshot> {
  const creationTime = { seconds: BigInt(Math.floor(createdMs / 1_000)), nanos: (createdMs % 1_000) * 1_000_000 }
  return { snapshotId: id, sourceVolumeId, sizeBytes, creationTime, readyToUse: true }
}

function notFound(what: string): never {
  throw new CsiError(Code.NotFound, `${what} does not exist`)
}
