import { mkdir, rmdir } from 'node:fs/promises'
import { AccessMode, NodeCapability, UsageUnit, type VolumeCapability } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { accessModeOf, defineNode, isSameCapability, type NodeHandlers, OperationLocks } from '@csi-ts/driver-sdk'
import type { MockParts } from './mock-controller.ts'
import type { MockVolume } from './mock-state.ts'

const methodsOf: ReadonlyMap<number, readonly (keyof NodeHandlers)[]> = new Map([
  [NodeCapability.STAGE_UNSTAGE_VOLUME, ['nodeStageVolume', 'nodeUnstageVolume']],
  [NodeCapability.GET_VOLUME_STATS, ['nodeGetVolumeStats']],
  [NodeCapability.EXPAND_VOLUME, ['nodeExpandVolume']],
])

/** The node methods that the capabilities are made of; info, publish and unpublish are always there. */
export function createMockNode(
  parts: MockParts & { readonly makeTargets: boolean },
  capabilities: readonly number[],
): NodeHandlers {
  const all = allMethods(parts, capabilities.includes(NodeCapability.STAGE_UNSTAGE_VOLUME))
  const always: readonly (keyof NodeHandlers)[] = ['nodeGetInfo', 'nodePublishVolume', 'nodeUnpublishVolume']
  const wanted = new Set<string>([...always, ...capabilities.flatMap((one) => methodsOf.get(one) ?? [])])
  return Object.fromEntries(Object.entries(all).filter(([method]) => wanted.has(method)))
}

function allMethods(
  { state, changed, nodeId, topology, maxVolumesPerNode, makeTargets }: MockParts & { readonly makeTargets: boolean },
  stages: boolean,
): NodeHandlers {
  const locks = new OperationLocks()
  const volume = (id: string): MockVolume => {
    const found = state.volumes.get(id)
    if (found === undefined) throw new CsiError(Code.NotFound, `volume ${id} does not exist`)
    return found
  }
  return defineNode({
    nodeGetInfo: () => ({
      nodeId,
      maxVolumesPerNode: BigInt(maxVolumesPerNode),
      accessibleTopology: topology === undefined ? undefined : { segments: topology },
    }),

    nodeStageVolume: ({ volumeId, stagingTargetPath, volumeCapability }) =>
      locks.run(volumeId, async () => {
        const { staged } = volume(volumeId)
        const capability = given(volumeCapability)
        assertSameAs(staged.get(stagingTargetPath), capability, `volume ${volumeId} is staged at ${stagingTargetPath}`)
        staged.set(stagingTargetPath, capability)
        await changed()
        return {}
      }),

    nodeUnstageVolume: ({ volumeId, stagingTargetPath }) =>
      locks.run(volumeId, async () => {
        state.volumes.get(volumeId)?.staged.delete(stagingTargetPath)
        await changed()
        return {}
      }),

    nodePublishVolume: ({ volumeId, stagingTargetPath, targetPath, readonly, volumeCapability }) =>
      locks.run(volumeId, async () => {
        const { staged, published } = volume(volumeId)
        const capability = given(volumeCapability)
        if (stages && !staged.has(stagingTargetPath)) {
          throw new CsiError(Code.FailedPrecondition, `volume ${volumeId} is not staged at "${stagingTargetPath}"`)
        }
        const known = published.get(targetPath)
        assertSameAs(known?.capability, capability, `volume ${volumeId} is published at ${targetPath}`)
        if (known !== undefined && known.readonly !== readonly) {
          throw new CsiError(
            Code.AlreadyExists,
            `volume ${volumeId} is published at ${targetPath} with readonly=${known.readonly}`,
          )
        }
        const elsewhere = [...published.keys()].some((path) => path !== targetPath)
        if (elsewhere && accessModeOf(capability) === AccessMode.SINGLE_NODE_SINGLE_WRITER) {
          throw new CsiError(Code.FailedPrecondition, `volume ${volumeId} is published at another path`)
        }
        if (makeTargets) await mkdir(targetPath, { recursive: true })
        published.set(targetPath, { readonly, capability })
        await changed()
        return {}
      }),

    nodeUnpublishVolume: ({ volumeId, targetPath }) =>
      locks.run(volumeId, async () => {
        if (makeTargets) await rmdir(targetPath).catch(ignoreMissing)
        state.volumes.get(volumeId)?.published.delete(targetPath)
        await changed()
        return {}
      }),

    nodeGetVolumeStats({ volumeId, volumePath }) {
      const { capacityBytes, published, staged } = volume(volumeId)
      if (!published.has(volumePath) && !staged.has(volumePath)) {
        throw new CsiError(Code.NotFound, `volume ${volumeId} is not at ${volumePath}`)
      }
      return { usage: [{ unit: UsageUnit.BYTES, total: capacityBytes, available: capacityBytes, used: 0n }] }
    },

    nodeExpandVolume({ volumeId, volumePath }) {
      const { capacityBytes, published, staged } = volume(volumeId)
      if (!published.has(volumePath) && !staged.has(volumePath)) {
        throw new CsiError(Code.NotFound, `volume ${volumeId} is not at ${volumePath}`)
      }
      return { capacityBytes }
    },
  })
}

function given(capability: VolumeCapability | undefined): VolumeCapability {
  if (capability === undefined) throw new Error('unchecked request')
  return capability
}

function assertSameAs(known: VolumeCapability | undefined, wanted: VolumeCapability, what: string): void {
  if (known === undefined || isSameCapability(known, wanted)) return
  throw new CsiError(Code.AlreadyExists, `${what} with another capability`)
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
