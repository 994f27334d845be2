import {
  ControllerCapability,
  type ControllerPublishVolumeRequest,
  type DeepPartial,
  NodeCapability,
  type NodePublishVolumeRequest,
  type NodeStageVolumeRequest,
  type Volume,
} from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { CaseContext } from './case-context.ts'

/** Where a volume is on its way to a container. */
export interface StagedVolume {
  readonly volume: Volume
  /** Of ControllerPublishVolume; empty when the driver does not attach. */
  readonly publishContext: Record<string, string>
  /** Empty when the driver does not stage. */
  readonly stagingTargetPath: string
}

/** A complete request of ControllerPublishVolume for this node. */
export function attachRequest(
  t: CaseContext,
  { volumeId, volumeContext }: Volume,
): DeepPartial<ControllerPublishVolumeRequest> {
  return {
    volumeId,
    nodeId: t.facts.nodeInfo?.nodeId ?? '',
    volumeCapability: t.capability(),
    readonly: false,
    volumeContext,
    secrets: t.secrets('ControllerPublishVolume'),
  }
}

/** Attaches a volume to this node; it is detached after the case. @returns the publish context */
export async function attach(
  t: CaseContext,
  volume: Volume,
  change: DeepPartial<ControllerPublishVolumeRequest> = {},
): Promise<Record<string, string>> {
  const request = { ...attachRequest(t, volume), ...change }
  const { volumeId } = volume
  t.defer(`ControllerUnpublishVolume ${volumeId}`, () =>
    t.repeat(() =>
      t.driver.controller.controllerUnpublishVolume(
        { volumeId, nodeId: request.nodeId ?? '', secrets: t.secrets('ControllerUnpublishVolume') },
        t.call(),
      ),
    ),
  )
  const { publishContext } = await t.repeat(() => t.driver.controller.controllerPublishVolume(request, t.call()))
  return publishContext
}

/** Attaches and stages a volume, as far as the driver does that; undone after the case. */
export async function stage(
  t: CaseContext,
  volume: Volume,
  change: DeepPartial<NodeStageVolumeRequest> = {},
): Promise<StagedVolume> {
  const { volumeId, volumeContext } = volume
  const volumeCapability = change.volumeCapability ?? t.capability()
  const attaches = t.facts.controller?.has(ControllerCapability.PUBLISH_UNPUBLISH_VOLUME) ?? false
  const publishContext = attaches ? await attach(t, volume, { volumeCapability }) : {}
  if (!t.facts.node?.has(NodeCapability.STAGE_UNSTAGE_VOLUME)) return { volume, publishContext, stagingTargetPath: '' }

  const stagingTargetPath = change.stagingTargetPath ?? (await t.stagingPath())
  t.defer(`NodeUnstageVolume ${volumeId} ${stagingTargetPath}`, () =>
    okOrNotFound(t.repeat(() => t.driver.node.nodeUnstageVolume({ volumeId, stagingTargetPath }, t.call()))),
  )
  const request = {
    volumeId,
    stagingTargetPath,
    volumeCapability,
    volumeContext,
    publishContext,
    secrets: t.secrets('NodeStageVolume'),
    ...change,
  }
  await t.repeat(() => t.driver.node.nodeStageVolume(request, t.call()))
  return { volume, publishContext, stagingTargetPath }
}

/** A complete request of NodePublishVolume for a volume that is staged. */
export function publishRequest(
  t: CaseContext,
  { volume, publishContext, stagingTargetPath }: StagedVolume,
  targetPath: string,
): DeepPartial<NodePublishVolumeRequest> {
  return {
    volumeId: volume.volumeId,
    volumeContext: volume.volumeContext,
    publishContext,
    stagingTargetPath,
    targetPath,
    volumeCapability: t.capability(),
    readonly: false,
    secrets: t.secrets('NodePublishVolume'),
  }
}

/** Publishes a volume that is staged; it is unpublished after the case. @returns the target path */
export async function publish(
  t: CaseContext,
  staged: StagedVolume,
  change: DeepPartial<NodePublishVolumeRequest> = {},
): Promise<string> {
  const targetPath = change.targetPath ?? (await t.targetPath())
  await tryPublish(t, { ...publishRequest(t, staged, targetPath), ...change })
  return targetPath
}

/** One NodePublishVolume, whatever comes of it; what it publishes is unpublished after the case. */
export async function tryPublish(t: CaseContext, request: DeepPartial<NodePublishVolumeRequest>): Promise<void> {
  const { volumeId = '', targetPath = '' } = request
  t.defer(`NodeUnpublishVolume ${volumeId} ${targetPath}`, () => okOrNotFound(unpublish(t, volumeId, targetPath)))
  await t.driver.node.nodePublishVolume(request, t.call())
}

/** Unpublishes a volume. */
export async function unpublish(t: CaseContext, volumeId: string, targetPath: string): Promise<void> {
  await t.repeat(() => t.driver.node.nodeUnpublishVolume({ volumeId, targetPath }, t.call()))
}

/** For a volume that a case has deleted itself both are right. */
async function okOrNotFound(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof CsiError) || error.code !== Code.NotFound) throw error
  })
}
