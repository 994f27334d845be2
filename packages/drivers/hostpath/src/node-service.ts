import { AccessMode, type NodePublishVolumeRequest, UsageUnit } from '@csi-ts/csi-proto'
import { type CallContext, Code, CsiError } from '@csi-ts/csi-rpc'
import { defineNode, missingField, type NodeHandlers } from '@csi-ts/driver-sdk'
import {
  cleanupMountTarget,
  ensureBindMount,
  ensureMountDirectory,
  isMountFrom,
  type MountEntry,
  parseBindOptions,
  removeMountTarget,
  resolveMountPath,
  volumeStats,
} from '@csi-ts/mount'
import { withCsiErrors } from './errors.ts'
import type { ResolvedHostpathOptions } from './hostpath-options.ts'
import { nodeExpandHandlers } from './node-expand.ts'
import type { NodeUse, PublishedTarget } from './node-records.ts'
import { ownSegments } from './topology.ts'
import { type DirectoryCapability, parseCapability } from './volume-capability.ts'
import { parseVolumeId, type VolumeId } from './volume-id.ts'
import { assertVolumeAt, findVolume, type HostpathState, withVolume } from './volumes.ts'

/** The Node service: staging is bookkeeping, publishing is a bind mount of the volume's directory. */
export function createNodeService(state: HostpathState, options: ResolvedHostpathOptions): NodeHandlers {
  const { store, nodeRecords, locks } = state
  return defineNode({
    async nodeStageVolume({ volumeId, stagingTargetPath, volumeCapability }) {
      const { key } = parseCapability(volumeCapability)
      return withVolume(state, volumeId, async (volume) => {
        if (options.enableAttach && volume.attachment === undefined) {
          throw new CsiError(Code.FailedPrecondition, `volume ${volume.id} is not attached to this node`)
        }
        const { staged, published } = nodeRecords.get(volume.id)
        const [here] = staged
        if (here === undefined) {
          await nodeRecords.put(volume.id, { staged: [{ path: stagingTargetPath, capability: key }], published })
        } else if (here.path !== stagingTargetPath) {
          throw new CsiError(Code.FailedPrecondition, `volume ${volume.id} is already staged at ${here.path}`)
        } else if (here.capability !== key) {
          throw new CsiError(Code.AlreadyExists, `volume ${volume.id} is staged with ${here.capability}, not ${key}`)
        }
        return {}
      })
    },

    async nodeUnstageVolume({ volumeId, stagingTargetPath }) {
      const id = parseVolumeId(volumeId)
      if (id === undefined) return {} // never staged here
      return locks.run(id, async () => {
        const { staged, published } = nodeRecords.get(id)
        if (!staged.some(({ path }) => path === stagingTargetPath)) return {}
        if (published[0] !== undefined) {
          throw new CsiError(Code.FailedPrecondition, `volume ${id} is still published at ${published[0].target}`)
        }
        await nodeRecords.put(id, { staged: staged.filter(({ path }) => path !== stagingTargetPath), published })
        return {}
      })
    },

    nodePublishVolume: (request, ctx) => withCsiErrors('publish', () => publish(state, request, ctx)),

    async nodeUnpublishVolume({ volumeId, targetPath }, ctx) {
      const id = parseVolumeId(volumeId)
      if (id === undefined) return {} // never published here: the path is not ours to touch
      return withCsiErrors('unpublish', () =>
        locks.run(id, async () => {
          // The mount table decides, not the record: what is mounted there is taken off, also when nobody remembers it.
          const place = await state.directories.locate(id)
          const isOurs = (entry: MountEntry): boolean => isMountFrom(entry, place)
          await cleanupMountTarget(state.mounter, targetPath, ctx, { isOurs })
          await forgetTarget(state, id, targetPath)
          return {}
        }),
      )
    },

    async nodeGetVolumeStats({ volumeId, volumePath }, ctx) {
      const volume = findVolume(store, volumeId)
      assertVolumeAt(state, volume.id, volumePath)
      const path = state.directories.pathOf(volume.id)
      const stats = await withCsiErrors('other', () => volumeStats(path, ctx, { table: state.mounter.table }))
      return {
        usage: [
          { unit: UsageUnit.BYTES, total: stats.totalBytes, used: stats.usedBytes, available: stats.availableBytes },
          { unit: UsageUnit.INODES, total: stats.totalInodes, used: stats.usedInodes, available: stats.freeInodes },
        ],
      }
    },

    async nodeGetInfo() {
      const { nodeId, attachLimit, maxVolumesPerNode, enableTopology } = options
      const limit = attachLimit < 0 ? 1 + Math.floor(Math.random() * 10) : attachLimit || maxVolumesPerNode
      return {
        nodeId,
        maxVolumesPerNode: BigInt(limit),
        ...(enableTopology ? { accessibleTopology: { segments: ownSegments(nodeId) } } : {}),
      }
    },

    ...(options.enableNodeExpansion ? nodeExpandHandlers(state, options) : {}),
  })
}

async function publish(
  state: HostpathState,
  request: NodePublishVolumeRequest,
  ctx: CallContext,
): Promise<Record<string, never>> {
  const { nodeRecords } = state
  const { volumeId, targetPath, stagingTargetPath, readonly } = request
  if (stagingTargetPath === '') throw missingField('staging_target_path')
  const capability = parseCapability(request.volumeCapability)
  if (request.volumeContext['csi.storage.k8s.io/ephemeral'] === 'true') {
    throw new CsiError(Code.InvalidArgument, 'inline ephemeral volumes are not supported')
  }
  return withVolume(state, volumeId, async (volume) => {
    const use = nodeRecords.get(volume.id)
    assertPublishable(volume.id, use, { targetPath, stagingTargetPath, readonly, capability })
    const wanted: PublishedTarget = { target: targetPath, capability: capability.key, readonly }
    if (!use.published.some(({ target }) => target === targetPath)) {
      await nodeRecords.put(volume.id, { ...use, published: [...use.published, wanted] })
    }
    await mountTarget(state, volume.id, request, capability, ctx)
    ctx.log.v(2).info('published volume', { volume: volume.id, target: targetPath, readonly })
    return {}
  })
}

/** Mounts; on failure the directory that was made here and the record are taken back, so that nothing half remains. */
async function mountTarget(
  state: HostpathState,
  id: VolumeId,
  { targetPath, readonly }: NodePublishVolumeRequest,
  { mountFlags }: DirectoryCapability,
  ctx: CallContext,
): Promise<void> {
  const { mounter, directories } = state
  const { flags, unsupported } = parseBindOptions(mountFlags)
  if (unsupported.length > 0) {
    // Not named: mount flags may hold credentials.
    ctx.log.warn('ignored mount flags that a bind mount cannot have', { volume: id, count: unsupported.length })
  }
  let target: string | undefined
  let made = false
  try {
    target = await resolveMountPath(targetPath)
    if ((await mounter.table.at(target)) === undefined) made = await ensureMountDirectory(target, 0o750)
    await ensureBindMount(mounter, { source: directories.pathOf(id), target, readonly, options: flags }, ctx)
  } catch (error) {
    const mounted = target !== undefined && (await mounter.table.at(target)) !== undefined
    if (!mounted) {
      if (made && target !== undefined) await removeMountTarget(target)
      await forgetTarget(state, id, targetPath)
    }
    throw error
  }
}

interface PublishArguments {
  readonly targetPath: string
  readonly stagingTargetPath: string
  readonly readonly: boolean
  readonly capability: DirectoryCapability
}

/**
 * The table of NodePublishVolume in the CSI specification. Like practically every driver this one allows a second target
 * for SINGLE_NODE_WRITER: Kubernetes sends it when two pods of a node share a claim.
 */
function assertPublishable(id: VolumeId, use: NodeUse, args: PublishArguments): void {
  const { targetPath, stagingTargetPath, readonly, capability } = args
  if (use.staged.length === 0) throw new CsiError(Code.FailedPrecondition, `volume ${id} is not staged`)
  if (!use.staged.some(({ path }) => path === stagingTargetPath)) {
    throw new CsiError(Code.FailedPrecondition, `volume ${id} is not staged at ${stagingTargetPath}`)
  }
  const same = use.published.find(({ target }) => target === targetPath)
  if (same !== undefined && (same.readonly !== readonly || same.capability !== capability.key)) {
    const how = `${same.capability}${same.readonly ? ', read-only' : ''}`
    throw new CsiError(Code.AlreadyExists, `volume ${id} is already published at ${targetPath} with ${how}`)
  }
  const other = use.published.find(({ target }) => target !== targetPath)
  if (other !== undefined && capability.mode === AccessMode.SINGLE_NODE_SINGLE_WRITER) {
    const text = `volume ${id} may have one writer and is already published at ${other.target}`
    throw new CsiError(Code.FailedPrecondition, text)
  }
}

async function forgetTarget({ nodeRecords }: HostpathState, id: VolumeId, targetPath: string): Promise<void> {
  const use = nodeRecords.get(id)
  const published = use.published.filter(({ target }) => target !== targetPath)
  if (published.length !== use.published.length) await nodeRecords.shrink(id, { ...use, published })
}
