import type { CreateVolumeRequest, Volume as CsiVolume, DeleteVolumeRequest } from '@csi-ts/csi-proto'
import { type CallContext, Code, CsiError } from '@csi-ts/csi-rpc'
import {
  type ControllerHandlers,
  defineController,
  isAccessible,
  paginate,
  parseCapacityRange,
} from '@csi-ts/driver-sdk'
import { attachHandlers } from './attach.ts'
import { availableCapacity, choosePool, freeBytes, kindParameter } from './capacity-pools.ts'
import { assertMutableParameters, assertSameVolume, parseCreateVolume } from './create-volume-spec.ts'
import { withCsiErrors } from './errors.ts'
import type { ResolvedHostpathOptions } from './hostpath-options.ts'
import { ownSegments } from './topology.ts'
import type { Volume } from './volume.ts'
import { parseCapability, unsupportedReason } from './volume-capability.ts'
import { newVolumeId, parseVolumeId } from './volume-id.ts'
import { findVolume, type HostpathState, mountsOf, removeVolume, withVolume } from './volumes.ts'

/** The Controller service. Methods of features that are switched off are left out and so answer Unimplemented. */
export function createControllerService(state: HostpathState, options: ResolvedHostpathOptions): ControllerHandlers {
  const { store } = state
  const toCsi = (volume: Volume): CsiVolume => toCsiVolume(volume, options)
  return defineController({
    createVolume: (request, ctx) => withCsiErrors('other', () => createVolume(state, options, request, ctx)),
    deleteVolume: (request, ctx) => withCsiErrors('delete', () => deleteVolume(state, options, request, ctx)),

    async controllerGetVolume({ volumeId }) {
      const volume = findVolume(store, volumeId)
      return { volume: toCsi(volume), status: { publishedNodeIds: publishedNodeIds(volume) } }
    },

    async listVolumes({ startingToken, maxEntries }) {
      const ready = store.list().filter(({ phase }) => phase === 'ready')
      const page = paginate(ready, { startingToken, maxEntries }, ({ id }) => id)
      const entries = page.entries.map((volume) => ({
        volume: toCsi(volume),
        status: { publishedNodeIds: publishedNodeIds(volume) },
      }))
      return { entries, nextToken: page.nextToken }
    },

    async getCapacity({ parameters, accessibleTopology, volumeCapabilities }) {
      const places = options.enableTopology && accessibleTopology !== undefined ? [accessibleTopology] : []
      const elsewhere = !isAccessible(places, ownSegments(options.nodeId))
      const unsupported = volumeCapabilities.some((capability) => unsupportedReason(capability) !== undefined)
      // An unsupported combination has no capacity; it is no error.
      if (elsewhere || unsupported) return { availableCapacity: 0n, maximumVolumeSize: 0n }
      const { pools, maxVolumeSizeBytes } = options
      const free = availableCapacity(pools, parameters[kindParameter], maxVolumeSizeBytes, store.list())
      return { availableCapacity: free.totalBytes, maximumVolumeSize: free.largestBytes, minimumVolumeSize: 0n }
    },

    async validateVolumeCapabilities(request) {
      const { volumeId, volumeCapabilities, volumeContext, parameters, mutableParameters } = request
      const reasons = volumeCapabilities.map(unsupportedReason).filter((reason) => reason !== undefined)
      findVolume(store, volumeId)
      if (reasons[0] !== undefined) return { message: reasons[0] }
      return { confirmed: { volumeContext, volumeCapabilities, parameters, mutableParameters } }
    },

    ...(options.enableControllerExpansion ? expandHandlers(state, options) : {}),
    ...(options.enableControllerModifyVolume ? modifyHandlers(state, options) : {}),
    ...(options.enableAttach ? attachHandlers(state, options) : {}),
  })
}

async function createVolume(
  state: HostpathState,
  options: ResolvedHostpathOptions,
  request: CreateVolumeRequest,
  ctx: CallContext,
): Promise<{ volume: CsiVolume }> {
  const { store, directories, locks } = state
  const spec = parseCreateVolume(request, options)
  return locks.run(`name/${spec.name}`, async () => {
    const existing = store.findByName(spec.name)
    if (existing?.phase === 'deleting') {
      throw new CsiError(Code.Aborted, `volume ${existing.id} of this name is being deleted`)
    }
    if (existing !== undefined) assertSameVolume(existing, spec)
    if (existing?.phase === 'ready') {
      return { volume: toCsiVolume({ ...existing, parameters: existing.parameters ?? spec.parameters }, options) }
    }

    const kind = existing?.kind ?? choosePool(options.pools, spec.kind, spec.sizeBytes, store.list())
    const { name, capabilities, parameters, mutableParameters } = spec
    const intent: Volume = existing ?? {
      id: newVolumeId(),
      name,
      phase: 'creating',
      capacityBytes: spec.sizeBytes,
      ...(kind === undefined ? {} : { kind }),
      capabilities,
      parameters,
      mutableParameters,
    }
    const volume: Volume = { ...intent, phase: 'ready' }
    try {
      // The intent is durable before the directory exists: no directory is ever without a record.
      await store.put(intent)
      await directories.create(intent.id)
      await store.put(volume)
    } catch (error) {
      // The caller may never ask again; nobody knows the id, so nothing can be in it.
      await removeVolume(state, intent, ctx).catch((undo: unknown) => {
        ctx.log.error('cannot take back a volume that was not finished', undo, { volume: intent.id })
      })
      throw error
    }
    ctx.log.v(2).info('created volume', { volume: volume.id, name: spec.name, capacityBytes: volume.capacityBytes })
    return { volume: toCsiVolume(volume, options) }
  })
}

async function deleteVolume(
  state: HostpathState,
  { checkVolumeLifecycle }: ResolvedHostpathOptions,
  { volumeId }: DeleteVolumeRequest,
  ctx: CallContext,
): Promise<Record<string, never>> {
  const id = parseVolumeId(volumeId)
  if (id === undefined) return {} // nothing of ours, and so gone
  return state.locks.run(id, async () => {
    const volume = state.store.get(id)
    if (volume === undefined) return {}
    const mounted = await mountsOf(state, id)
    if (mounted[0] !== undefined) {
      throw new CsiError(Code.FailedPrecondition, `volume ${id} is in use: mounted at ${mounted.join(', ')}`)
    }
    const use = state.nodeRecords.get(id)
    const recorded = volume.attachment !== undefined || use.staged.length + use.published.length > 0
    if (recorded && checkVolumeLifecycle) {
      throw new CsiError(Code.FailedPrecondition, `volume ${id} is in use: it is still attached, staged or published`)
    }
    if (recorded) ctx.log.warn('deleting a volume that is still attached, staged or published', { volume: id })
    await removeVolume(state, volume, ctx)
    ctx.log.v(2).info('deleted volume', { volume: id })
    return {}
  })
}

function expandHandlers(state: HostpathState, options: ResolvedHostpathOptions): ControllerHandlers {
  return {
    async controllerExpandVolume({ volumeId, capacityRange, volumeCapability }) {
      if (volumeCapability !== undefined) parseCapability(volumeCapability)
      const { requiredBytes, limitBytes } = parseCapacityRange(capacityRange)
      const sizeBytes = requiredBytes === 0n ? (limitBytes ?? 0n) : requiredBytes
      if (sizeBytes > options.maxVolumeSizeBytes) {
        const most = options.maxVolumeSizeBytes
        throw new CsiError(Code.OutOfRange, `${sizeBytes} bytes are more than a volume may have: ${most}`)
      }
      return withVolume(state, volumeId, async (volume) => {
        const { store } = state
        const nodeExpansionRequired = options.enableNodeExpansion
        if (volume.capacityBytes >= sizeBytes) return { capacityBytes: volume.capacityBytes, nodeExpansionRequired }
        const growthBytes = sizeBytes - volume.capacityBytes
        if (volume.kind !== undefined && freeBytes(options.pools, volume.kind, store.list()) < growthBytes) {
          const text = `${growthBytes} more bytes do not fit into pool ${JSON.stringify(volume.kind)}`
          throw new CsiError(Code.ResourceExhausted, text)
        }
        // A directory has no size of its own: the number is what grows.
        await withCsiErrors('other', () => store.put({ ...volume, capacityBytes: sizeBytes }))
        return { capacityBytes: sizeBytes, nodeExpansionRequired }
      })
    },
  }
}

function modifyHandlers(state: HostpathState, options: ResolvedHostpathOptions): ControllerHandlers {
  return {
    async controllerModifyVolume({ volumeId, mutableParameters }) {
      return withVolume(state, volumeId, async (volume) => {
        assertMutableParameters(mutableParameters, options.acceptedMutableParameters)
        const merged = { ...volume.mutableParameters, ...mutableParameters }
        await withCsiErrors('other', () => state.store.put({ ...volume, mutableParameters: merged }))
        return {}
      })
    },
  }
}

function toCsiVolume(volume: Volume, options: ResolvedHostpathOptions): CsiVolume {
  return {
    volumeId: volume.id,
    capacityBytes: volume.capacityBytes,
    volumeContext: { ...volume.parameters },
    contentSource: undefined,
    accessibleTopology: options.enableTopology ? [{ segments: ownSegments(options.nodeId) }] : [],
  }
}

function publishedNodeIds({ attachment }: Volume): string[] {
  return attachment === undefined ? [] : [attachment.nodeId]
}
