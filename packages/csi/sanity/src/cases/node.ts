import { AccessMode, ControllerCapability, NodeCapability, UsageUnit } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { publish, publishRequest, type StagedVolume, stage, tryPublish, unpublish } from '../place-volume.ts'

const gate: Gate = { node: [], needs: ['volumes on the node'] }
const stages: Gate = { node: [NodeCapability.STAGE_UNSTAGE_VOLUME], needs: ['volumes on the node'] }
const noVolume = 'sanity-no-such-volume'

/** The way of a volume into a container and back. Specification: "Node Service RPC". */
export const nodeCases: readonly ConformanceCase[] = [
  {
    name: 'NodePublishVolume: a volume goes all the way to its target and back, and can be used again',
    gate,
    async run(t) {
      const volume = await t.createVolume()
      for (const _ of [1, 2]) {
        const staged = await stage(t, volume)
        const targetPath = await publish(t, staged)
        await unpublish(t, volume.volumeId, targetPath)
        await unstage(t, staged)
      }
    },
  },
  {
    name: 'NodePublishVolume: the target exists after it, and not after NodeUnpublishVolume',
    gate,
    async run(t) {
      const volume = await t.createVolume()
      const targetPath = await publish(t, await stage(t, volume))
      const kind = await t.options.paths.kindOf(targetPath)
      const wanted = t.options.accessType === 'mount' ? kind === 'directory' : kind === 'file' || kind === 'other'
      check(wanted, `${targetPath} is ${kind} for a volume of type ${t.options.accessType}`)
      await unpublish(t, volume.volumeId, targetPath)
      checkEqual(await t.options.paths.kindOf(targetPath), 'not_found', `${targetPath} after NodeUnpublishVolume`)
    },
  },
  {
    name: 'NodePublishVolume: repeated, it is OK',
    gate,
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      for (let count = 0; count < t.options.repetitions; count += 1) await publish(t, staged)
    },
  },
  {
    name: 'NodePublishVolume: the same target with another readonly is refused',
    gate,
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const targetPath = await publish(t, staged)
      const call = tryPublish(t, { ...publishRequest(t, staged, targetPath), readonly: true })
      await checkRejects(call, Code.AlreadyExists, 'the same target with readonly')
    },
  },
  {
    name: 'NodePublishVolume: two targets of one node with SINGLE_NODE_MULTI_WRITER',
    gate: {
      node: [NodeCapability.SINGLE_NODE_MULTI_WRITER],
      needs: ['volumes on the node'],
    },
    async run(t) {
      const volumeCapability = t.capability(AccessMode.SINGLE_NODE_MULTI_WRITER)
      const volume = await t.createVolume({ volumeCapabilities: [volumeCapability] })
      const staged = await stage(t, volume, { volumeCapability })
      const paths = [await t.targetPath('one'), await t.targetPath('two')]
      for (const targetPath of paths) await publish(t, staged, { targetPath, volumeCapability })
      await unpublish(t, volume.volumeId, paths[0] ?? '')
      checkEqual(await t.options.paths.kindOf(paths[0] ?? ''), 'not_found', 'the target that was unpublished')
      const other = await t.options.paths.kindOf(paths[1] ?? '')
      check(other !== 'not_found', 'the other target is gone as well')
    },
  },
  {
    name: 'NodePublishVolume: a second target with SINGLE_NODE_SINGLE_WRITER is refused, and nothing is left of it',
    gate: {
      node: [NodeCapability.SINGLE_NODE_MULTI_WRITER],
      needs: ['volumes on the node'],
    },
    async run(t) {
      const volumeCapability = t.capability(AccessMode.SINGLE_NODE_SINGLE_WRITER)
      const volume = await t.createVolume({ volumeCapabilities: [volumeCapability] })
      const staged = await stage(t, volume, { volumeCapability })
      await publish(t, staged, { targetPath: await t.targetPath('one'), volumeCapability })
      const targetPath = await t.targetPath('two')
      const request = { ...publishRequest(t, staged, targetPath), volumeCapability }
      const call = t.driver.node.nodePublishVolume(request, t.call())
      await checkRejects(call, Code.FailedPrecondition, 'a second target with SINGLE_NODE_SINGLE_WRITER')
      checkEqual(await t.options.paths.kindOf(targetPath), 'not_found', 'the second target')
    },
  },
  {
    name: 'NodePublishVolume: a volume that does not exist is NotFound if the node can know, and nothing is left then',
    gate,
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const targetPath = await t.targetPath()
      const call = tryPublish(t, { ...publishRequest(t, staged, targetPath), volumeId: noVolume })
      if (await isAccepted(call)) return
      await checkRejects(call, [Code.NotFound, Code.FailedPrecondition], 'a volume that does not exist')
      checkEqual(await t.options.paths.kindOf(targetPath), 'not_found', 'the target')
    },
  },
  {
    name: 'NodePublishVolume: a volume that is not staged is refused, and nothing is left at the target',
    gate: stages,
    async run(t) {
      const volume = await t.createVolume()
      const staged = await stage(t, volume)
      await unstage(t, staged)
      const targetPath = await t.targetPath()
      const call = t.driver.node.nodePublishVolume(publishRequest(t, staged, targetPath), t.call())
      await checkRejects(call, Code.FailedPrecondition, 'a volume that is not staged')
      checkEqual(await t.options.paths.kindOf(targetPath), 'not_found', 'the target')
    },
  },
  {
    name: 'NodeUnpublishVolume: where nothing is published it is OK',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      await unpublish(t, volumeId, await t.targetPath('never'))
      const staged = await stage(t, await t.createVolume())
      const targetPath = await publish(t, staged)
      for (const _ of [1, 2]) await unpublish(t, staged.volume.volumeId, targetPath)
    },
  },
  {
    name: 'NodeStageVolume: repeated, it is OK',
    gate: stages,
    async run(t) {
      const volume = await t.createVolume()
      for (let count = 0; count < t.options.repetitions; count += 1) await stage(t, volume)
    },
  },
  {
    name: 'NodeStageVolume: a staged volume with another capability is refused',
    gate: {
      node: [NodeCapability.STAGE_UNSTAGE_VOLUME, NodeCapability.SINGLE_NODE_MULTI_WRITER],
      needs: ['volumes on the node'],
    },
    async run(t) {
      const [one, other] = [AccessMode.SINGLE_NODE_SINGLE_WRITER, AccessMode.SINGLE_NODE_MULTI_WRITER]
      const volumeCapabilities = [t.capability(one), t.capability(other)]
      const volume = await t.createVolume({ volumeCapabilities })
      const { publishContext, stagingTargetPath } = await stage(t, volume, { volumeCapability: t.capability(one) })
      const call = t.driver.node.nodeStageVolume(
        {
          volumeId: volume.volumeId,
          volumeContext: volume.volumeContext,
          publishContext,
          stagingTargetPath,
          volumeCapability: t.capability(other),
          secrets: t.secrets('NodeStageVolume'),
        },
        t.call(),
      )
      await checkRejects(call, Code.AlreadyExists, 'the same staging path with another capability')
    },
  },
  {
    name: 'NodeStageVolume: a volume that does not exist is NotFound if the node can know',
    gate: stages,
    async run(t) {
      const stagingTargetPath = await t.stagingPath()
      const volumeCapability = t.capability()
      const secrets = t.secrets('NodeStageVolume')
      t.defer(`NodeUnstageVolume ${noVolume}`, () =>
        t.driver.node.nodeUnstageVolume({ volumeId: noVolume, stagingTargetPath }, t.call()),
      )
      const call = t.driver.node.nodeStageVolume(
        { volumeId: noVolume, stagingTargetPath, volumeCapability, secrets },
        t.call(),
      )
      if (await isAccepted(call)) return
      await checkRejects(call, Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'NodeUnstageVolume: where nothing is staged it is OK',
    gate: stages,
    async run(t) {
      const volume = await t.createVolume()
      const stagingTargetPath = await t.stagingPath()
      await unstage(t, { volume, stagingTargetPath, publishContext: {} })
      const staged = await stage(t, volume)
      for (const _ of [1, 2]) await unstage(t, staged)
    },
  },
  {
    name: 'NodeUnstageVolume: the staging directory stays',
    gate: { ...stages, needs: ['volumes on the node', 'mount volumes'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      await unstage(t, staged)
      const kind = await t.options.paths.kindOf(staged.stagingTargetPath)
      checkEqual(kind, 'directory', `${staged.stagingTargetPath} after NodeUnstageVolume`)
    },
  },
  {
    name: 'NodeGetVolumeStats: a published volume has figures',
    gate: { node: [NodeCapability.GET_VOLUME_STATS], needs: ['volumes on the node'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const volumePath = await publish(t, staged)
      const { volumeId } = staged.volume
      const { usage } = await t.driver.node.nodeGetVolumeStats({ volumeId, volumePath }, t.call())
      check(usage.length > 0, 'usage is empty')
      for (const { unit, total, available, used } of usage) {
        check(unit === UsageUnit.BYTES || unit === UsageUnit.INODES, `unit is ${unit}`)
        const isRight = [total, available, used].every((figure) => figure >= 0n)
        check(isRight, `total is ${total}, available ${available}, used ${used}`)
      }
      checkEqual(new Set(usage.map(({ unit }) => unit)).size, usage.length, 'the number of different units')
    },
  },
  ...['some/path', '/tmp/sanity-no-such-path'].map((volumePath) => ({
    name: `NodeGetVolumeStats: a volume that is not at ${volumePath} is NotFound`,
    gate: { node: [NodeCapability.GET_VOLUME_STATS], needs: ['volumes on the node'] } satisfies Gate,
    async run(t: CaseContext) {
      const staged = await stage(t, await t.createVolume())
      await publish(t, staged)
      for (const volumeId of [staged.volume.volumeId, noVolume]) {
        const call = t.driver.node.nodeGetVolumeStats({ volumeId, volumePath }, t.call())
        await checkRejects(call, Code.NotFound, `${volumeId} at ${volumePath}`)
      }
    },
  })),
  {
    name: 'NodeExpandVolume: a published volume grows, and again it is OK',
    gate: { node: [NodeCapability.EXPAND_VOLUME], needs: ['volumes on the node'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const volumePath = await publish(t, staged)
      const { volumeId } = staged.volume
      const capacityRange = { requiredBytes: t.options.expandSizeBytes }
      const volumeCapability = t.capability()
      if (t.facts.controller?.has(ControllerCapability.EXPAND_VOLUME)) {
        const secrets = t.secrets('ControllerExpandVolume')
        const request = { volumeId, capacityRange, volumeCapability, secrets }
        await t.repeat(() => t.driver.controller.controllerExpandVolume(request, t.call()))
      }
      const { stagingTargetPath } = staged
      const request = { volumeId, volumePath, stagingTargetPath, capacityRange, volumeCapability }
      for (const _ of [1, 2]) {
        const { capacityBytes } = await t.repeat(() => t.driver.node.nodeExpandVolume(request, t.call()))
        const isEnough = capacityBytes === 0n || capacityBytes >= capacityRange.requiredBytes
        check(isEnough, `capacity_bytes is ${capacityBytes}`)
      }
    },
  },
  {
    name: 'NodeExpandVolume: a volume that is not at the path is NotFound',
    gate: { node: [NodeCapability.EXPAND_VOLUME], needs: ['volumes on the node'] },
    async run(t) {
      const { volumeId } = await t.createVolume()
      for (const id of [volumeId, noVolume]) {
        const call = t.driver.node.nodeExpandVolume({ volumeId: id, volumePath: 'some/path' }, t.call())
        await checkRejects(call, Code.NotFound, `${id} at some/path`)
      }
    },
  },
]

/** The node of a driver that finds everything in the request has nowhere to look a volume up. */
function isAccepted(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}

async function unstage(t: CaseContext, { volume, stagingTargetPath }: StagedVolume): Promise<void> {
  if (stagingTargetPath === '') return
  const { volumeId } = volume
  await t.repeat(() => t.driver.node.nodeUnstageVolume({ volumeId, stagingTargetPath }, t.call()))
}
