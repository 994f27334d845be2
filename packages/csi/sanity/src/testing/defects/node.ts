import { mkdir, rmdir } from 'node:fs/promises'
import { AccessMode, UsageUnit } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong on the node. */
export const nodeDefects: readonly Defect[] = [
  {
    id: 'stage-other-capability-ok',
    fault: 'NodeStageVolume at a path where the volume is staged with another capability answers OK',
    rule: 'staged in an incompatible way is AlreadyExists',
    foundBy: 'NodeStageVolume: a staged volume with another capability is refused',
    seed: (state) => ({
      node: {
        nodeStageVolume: (r, next) => {
          const known = state.volumes.get(r.volumeId)?.staged.get(r.stagingTargetPath)
          return next(known === undefined || r.volumeCapability === undefined ? r : { ...r, volumeCapability: known })
        },
      },
    }),
  },
  {
    id: 'unstage-repeated-fails',
    fault: 'NodeUnstageVolume where nothing is staged answers Internal',
    rule: 'nothing staged is OK',
    foundBy: 'NodeUnstageVolume: where nothing is staged it is OK',
    seed: (state) => ({
      node: {
        nodeUnstageVolume: async (r, next) => {
          if (state.volumes.get(r.volumeId)?.staged.has(r.stagingTargetPath) === false) {
            throw new CsiError(Code.Internal, `umount: ${r.stagingTargetPath}: not mounted`)
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'unstage-removes-directory',
    fault: 'NodeUnstageVolume removes the staging directory',
    rule: 'the staging directory belongs to the orchestrator, which made it',
    foundBy: 'NodeUnstageVolume: the staging directory stays',
    seed: () => ({
      node: {
        nodeUnstageVolume: async (r, next) => {
          const answer = await next(r)
          await rmdir(r.stagingTargetPath).catch(() => {})
          return answer
        },
      },
    }),
  },
  {
    id: 'node-publish-without-stage',
    fault: 'NodePublishVolume publishes a volume that was never staged',
    rule: 'with STAGE_UNSTAGE_VOLUME a volume that is not staged is FailedPrecondition',
    foundBy: 'NodePublishVolume: a volume that is not staged is refused, and nothing is left at the target',
    seed: (state) => ({
      node: {
        nodePublishVolume: async (r, next) => {
          const volume = state.volumes.get(r.volumeId)
          const { volumeCapability: capability, stagingTargetPath, targetPath } = r
          if (volume === undefined || capability === undefined || volume.staged.has(stagingTargetPath) || !targetPath) {
            return await next(r)
          }
          await mkdir(targetPath)
          volume.published.set(targetPath, { readonly: r.readonly, capability })
          return {}
        },
      },
    }),
  },
  {
    id: 'node-publish-repeated-fails',
    fault: 'NodePublishVolume at the same path again answers Internal, as the directory exists',
    rule: 'published with the same arguments is OK',
    foundBy: 'NodePublishVolume: repeated, it is OK',
    seed: (state) => ({
      node: {
        nodePublishVolume: async (r, next) => {
          if (state.volumes.get(r.volumeId)?.published.has(r.targetPath)) throw new CsiError(Code.Internal, 'EEXIST')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'node-publish-other-readonly-ok',
    fault: 'NodePublishVolume at the same path with another readonly answers OK',
    rule: 'published there with other arguments is AlreadyExists',
    foundBy: 'NodePublishVolume: the same target with another readonly is refused',
    seed: (state) => ({
      node: {
        nodePublishVolume: (r, next) => {
          const known = state.volumes.get(r.volumeId)?.published.get(r.targetPath)
          return next({ ...r, readonly: known?.readonly ?? r.readonly })
        },
      },
    }),
  },
  {
    id: 'node-publish-single-writer-twice',
    fault: 'NodePublishVolume publishes a SINGLE_NODE_SINGLE_WRITER volume at two paths',
    rule: 'the second path is FailedPrecondition',
    foundBy: 'NodePublishVolume: a second target with SINGLE_NODE_SINGLE_WRITER is refused, and nothing is left of it',
    seed: (state) => ({
      node: {
        nodePublishVolume: async (r, next) => {
          const volume = state.volumes.get(r.volumeId)
          const known = [...(volume?.published ?? [])]
          const isSecond = known.some(([path]) => path !== r.targetPath)
          const mode = r.volumeCapability?.accessMode?.mode
          if (volume === undefined || !isSecond || mode !== AccessMode.SINGLE_NODE_SINGLE_WRITER) return await next(r)
          volume.published.clear()
          const answer = await next(r)
          for (const [path, how] of known) volume.published.set(path, how)
          return answer
        },
      },
    }),
  },
  {
    id: 'node-publish-failure-leaves-target',
    fault: 'NodePublishVolume makes the target directory and leaves it when it then fails',
    rule: 'a publish that fails takes back what it has made',
    foundBy: 'NodePublishVolume: a volume that is not staged is refused, and nothing is left at the target',
    seed: (state) => ({
      node: {
        nodePublishVolume: async (r, next) => {
          try {
            return await next(r)
          } catch (error) {
            const isTried = r.targetPath !== '' && state.volumes.has(r.volumeId)
            if (isTried) await mkdir(r.targetPath, { recursive: true })
            throw error
          }
        },
      },
    }),
  },
  {
    id: 'node-publish-unknown-internal',
    fault: 'NodePublishVolume answers Internal for a volume that does not exist',
    rule: 'an id that does not exist is NotFound',
    foundBy:
      'NodePublishVolume: a volume that does not exist is NotFound if the node can know, and nothing is left then',
    seed: (state) => ({
      node: {
        nodePublishVolume: async (r, next) => {
          const isChecked = r.volumeId !== '' && r.targetPath !== '' && r.volumeCapability !== undefined
          if (isChecked && !state.volumes.has(r.volumeId)) throw new CsiError(Code.Internal, 'lookup failed')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'node-unpublish-keeps-target',
    fault: 'NodeUnpublishVolume leaves the target directory',
    rule: 'the plugin deletes the path that it made',
    foundBy: 'NodePublishVolume: the target exists after it, and not after NodeUnpublishVolume',
    seed: () => ({
      node: {
        nodeUnpublishVolume: async (r, next) => {
          const answer = await next(r)
          if (r.targetPath !== '') await mkdir(r.targetPath, { recursive: true }).catch(() => {})
          return answer
        },
      },
    }),
  },
  {
    id: 'node-unpublish-repeated-fails',
    fault: 'NodeUnpublishVolume where nothing is published answers Internal',
    rule: 'nothing published is OK',
    foundBy: 'NodeUnpublishVolume: where nothing is published it is OK',
    seed: (state) => ({
      node: {
        nodeUnpublishVolume: async (r, next) => {
          if (state.volumes.get(r.volumeId)?.published.has(r.targetPath) === false) {
            throw new CsiError(Code.Internal, `umount: ${r.targetPath}: not mounted`)
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'node-unpublish-all-targets',
    fault: 'NodeUnpublishVolume of one path unpublishes the others of the volume as well',
    rule: 'each publish has its own unpublish',
    foundBy: 'NodePublishVolume: two targets of one node with SINGLE_NODE_MULTI_WRITER',
    seed: (state) => ({
      node: {
        nodeUnpublishVolume: async (r, next) => {
          const answer = await next(r)
          const published = state.volumes.get(r.volumeId)?.published
          for (const path of published?.keys() ?? []) await rmdir(path)
          published?.clear()
          return answer
        },
      },
    }),
  },
  {
    id: 'stats-anywhere',
    fault: 'NodeGetVolumeStats gives figures for a path where the volume is not',
    rule: 'a volume that is not at that path is NotFound',
    foundBy: 'NodeGetVolumeStats: a volume that is not at some/path is NotFound',
    seed: () => ({
      node: {
        nodeGetVolumeStats: async (r, next) => {
          if (r.volumeId === '' || r.volumePath === '') return await next(r)
          return { usage: [{ unit: UsageUnit.BYTES, total: 1n, available: 1n, used: 0n }] }
        },
      },
    }),
  },
  {
    id: 'stats-unit-unknown',
    fault: 'NodeGetVolumeStats leaves the unit of an entry unset',
    rule: 'each entry of usage has a unit: BYTES or INODES',
    foundBy: 'NodeGetVolumeStats: a published volume has figures',
    seed: () => ({
      node: {
        nodeGetVolumeStats: async (r, next) => ({
          usage: ((await next(r)).usage ?? []).map((one) => ({ ...one, unit: UsageUnit.UNKNOWN })),
        }),
      },
    }),
  },
  {
    id: 'stats-negative',
    fault: 'NodeGetVolumeStats gives a negative number of bytes',
    rule: 'figures are not negative',
    foundBy: 'NodeGetVolumeStats: a published volume has figures',
    seed: () => ({
      node: {
        nodeGetVolumeStats: async (r, next) => ({
          usage: ((await next(r)).usage ?? []).map((one) => ({ ...one, available: -4_096n })),
        }),
      },
    }),
  },
  {
    id: 'node-expand-anywhere',
    fault: 'NodeExpandVolume answers OK for a path where the volume is not',
    rule: 'a volume that is not at that path is NotFound',
    foundBy: 'NodeExpandVolume: a volume that is not at the path is NotFound',
    seed: () => ({
      node: {
        nodeExpandVolume: async (r, next) =>
          r.volumeId === '' || r.volumePath === ''
            ? await next(r)
            : { capacityBytes: r.capacityRange?.requiredBytes ?? 0n },
      },
    }),
  },
]
