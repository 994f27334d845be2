import { ControllerCapability, GroupControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'

/** A request that lacks nothing but whose ids do not exist, and the fields that may not be missing. */
interface RequiredFields {
  readonly rpc: string
  readonly gate: Gate
  /** Field as the specification writes it, and as the request has it. */
  readonly fields: Readonly<Record<string, string>>
  readonly request: (t: CaseContext) => object
  readonly call: (t: CaseContext, request: object) => Promise<unknown>
}

const id = 'sanity-no-such-id'
const path = '/tmp/sanity-no-such-path'
const { CREATE_DELETE_VOLUME, PUBLISH_UNPUBLISH_VOLUME, CREATE_DELETE_SNAPSHOT } = ControllerCapability
const volumeId = { volume_id: 'volumeId' }
const capability = { volume_capability: 'volumeCapability' }

const rows: readonly RequiredFields[] = [
  {
    rpc: 'CreateVolume',
    gate: { controller: [CREATE_DELETE_VOLUME] },
    fields: { name: 'name', volume_capabilities: 'volumeCapabilities' },
    request: (t) => t.volumeRequest(),
    call: (t, request) => t.tryCreateVolume({ name: '', volumeCapabilities: [], ...request }),
  },
  {
    rpc: 'DeleteVolume',
    gate: { controller: [CREATE_DELETE_VOLUME] },
    fields: volumeId,
    request: (t) => ({ volumeId: id, secrets: t.secrets('DeleteVolume') }),
    call: (t, request) => t.driver.controller.deleteVolume(request, t.call()),
  },
  {
    rpc: 'ControllerPublishVolume',
    gate: { controller: [PUBLISH_UNPUBLISH_VOLUME] },
    fields: { ...volumeId, node_id: 'nodeId', ...capability },
    request: (t) => ({
      volumeId: id,
      nodeId: id,
      volumeCapability: t.capability(),
      secrets: t.secrets('ControllerPublishVolume'),
    }),
    call: (t, request) => t.driver.controller.controllerPublishVolume(request, t.call()),
  },
  {
    rpc: 'ControllerUnpublishVolume',
    gate: { controller: [PUBLISH_UNPUBLISH_VOLUME] },
    fields: volumeId,
    request: (t) => ({ volumeId: id, nodeId: id, secrets: t.secrets('ControllerUnpublishVolume') }),
    call: (t, request) => t.driver.controller.controllerUnpublishVolume(request, t.call()),
  },
  {
    rpc: 'ValidateVolumeCapabilities',
    gate: { controller: [] },
    fields: { ...volumeId, volume_capabilities: 'volumeCapabilities' },
    request: (t) => ({
      volumeId: id,
      volumeCapabilities: [t.capability()],
      secrets: t.secrets('ValidateVolumeCapabilities'),
    }),
    call: (t, request) => t.driver.controller.validateVolumeCapabilities(request, t.call()),
  },
  {
    rpc: 'ControllerGetVolume',
    gate: { controller: [ControllerCapability.GET_VOLUME] },
    fields: volumeId,
    request: () => ({ volumeId: id }),
    call: (t, request) => t.driver.controller.controllerGetVolume(request, t.call()),
  },
  {
    rpc: 'ControllerGetVolumeHealth',
    gate: { controller: [ControllerCapability.GET_VOLUME_HEALTH] },
    fields: volumeId,
    request: () => ({ volumeId: id }),
    call: (t, request) => t.driver.controller.controllerGetVolumeHealth(request, t.call()),
  },
  {
    rpc: 'ControllerModifyVolume',
    gate: { controller: [ControllerCapability.MODIFY_VOLUME] },
    fields: volumeId,
    request: (t) => ({
      volumeId: id,
      mutableParameters: t.options.mutableParameters,
      secrets: t.secrets('ControllerModifyVolume'),
    }),
    call: (t, request) => t.driver.controller.controllerModifyVolume(request, t.call()),
  },
  {
    rpc: 'ControllerExpandVolume',
    gate: { controller: [ControllerCapability.EXPAND_VOLUME] },
    fields: { ...volumeId, capacity_range: 'capacityRange' },
    request: (t) => ({
      volumeId: id,
      capacityRange: { requiredBytes: t.options.expandSizeBytes },
      secrets: t.secrets('ControllerExpandVolume'),
    }),
    call: (t, request) => t.driver.controller.controllerExpandVolume(request, t.call()),
  },
  {
    rpc: 'CreateSnapshot',
    gate: { controller: [CREATE_DELETE_SNAPSHOT] },
    fields: { name: 'name', source_volume_id: 'sourceVolumeId' },
    request: (t) => ({
      name: t.uniqueName('snapshot'),
      sourceVolumeId: id,
      parameters: t.options.snapshotParameters,
      secrets: t.secrets('CreateSnapshot'),
    }),
    call: (t, request) => t.driver.controller.createSnapshot(request, t.call()),
  },
  {
    rpc: 'DeleteSnapshot',
    gate: { controller: [CREATE_DELETE_SNAPSHOT] },
    fields: { snapshot_id: 'snapshotId' },
    request: (t) => ({ snapshotId: id, secrets: t.secrets('DeleteSnapshot') }),
    call: (t, request) => t.driver.controller.deleteSnapshot(request, t.call()),
  },
  {
    rpc: 'GetSnapshot',
    gate: { controller: [ControllerCapability.GET_SNAPSHOT] },
    fields: { snapshot_id: 'snapshotId' },
    request: (t) => ({ snapshotId: id, secrets: t.secrets('GetSnapshot') }),
    call: (t, request) => t.driver.controller.getSnapshot(request, t.call()),
  },
  {
    rpc: 'CreateVolumeGroupSnapshot',
    gate: { groupController: [GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT] },
    fields: { name: 'name', source_volume_ids: 'sourceVolumeIds' },
    request: (t) => ({ name: t.uniqueName('group'), sourceVolumeIds: [id] }),
    call: (t, request) => t.driver.groupController.createVolumeGroupSnapshot(request, t.call()),
  },
  {
    rpc: 'DeleteVolumeGroupSnapshot',
    gate: { groupController: [GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT] },
    fields: { group_snapshot_id: 'groupSnapshotId' },
    request: () => ({ groupSnapshotId: id, snapshotIds: [id] }),
    call: (t, request) => t.driver.groupController.deleteVolumeGroupSnapshot(request, t.call()),
  },
  {
    rpc: 'GetVolumeGroupSnapshot',
    gate: { groupController: [GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT] },
    fields: { group_snapshot_id: 'groupSnapshotId' },
    request: () => ({ groupSnapshotId: id, snapshotIds: [id] }),
    call: (t, request) => t.driver.groupController.getVolumeGroupSnapshot(request, t.call()),
  },
  {
    rpc: 'GetMetadataAllocated',
    gate: { plugin: [PluginService.SNAPSHOT_METADATA_SERVICE] },
    fields: { snapshot_id: 'snapshotId' },
    request: () => ({ snapshotId: id }),
    call: (t, request) => Array.fromAsync(t.driver.snapshotMetadata.getMetadataAllocated(request, t.call())),
  },
  {
    rpc: 'GetMetadataDelta',
    gate: { plugin: [PluginService.SNAPSHOT_METADATA_SERVICE] },
    fields: { base_snapshot_id: 'baseSnapshotId', target_snapshot_id: 'targetSnapshotId' },
    request: () => ({ baseSnapshotId: id, targetSnapshotId: id }),
    call: (t, request) => Array.fromAsync(t.driver.snapshotMetadata.getMetadataDelta(request, t.call())),
  },
  {
    rpc: 'NodeStageVolume',
    gate: { node: [NodeCapability.STAGE_UNSTAGE_VOLUME] },
    fields: { ...volumeId, staging_target_path: 'stagingTargetPath', ...capability },
    request: (t) => ({
      volumeId: id,
      stagingTargetPath: path,
      volumeCapability: t.capability(),
      secrets: t.secrets('NodeStageVolume'),
    }),
    call: (t, request) => t.driver.node.nodeStageVolume(request, t.call()),
  },
  {
    rpc: 'NodeUnstageVolume',
    gate: { node: [NodeCapability.STAGE_UNSTAGE_VOLUME] },
    fields: { ...volumeId, staging_target_path: 'stagingTargetPath' },
    request: () => ({ volumeId: id, stagingTargetPath: path }),
    call: (t, request) => t.driver.node.nodeUnstageVolume(request, t.call()),
  },
  {
    rpc: 'NodePublishVolume',
    gate: { node: [] },
    fields: { ...volumeId, target_path: 'targetPath', ...capability },
    request: (t) => ({
      volumeId: id,
      targetPath: path,
      stagingTargetPath: path,
      volumeCapability: t.capability(),
      secrets: t.secrets('NodePublishVolume'),
    }),
    call: (t, request) => t.driver.node.nodePublishVolume(request, t.call()),
  },
  {
    rpc: 'NodeUnpublishVolume',
    gate: { node: [] },
    fields: { ...volumeId, target_path: 'targetPath' },
    request: () => ({ volumeId: id, targetPath: path }),
    call: (t, request) => t.driver.node.nodeUnpublishVolume(request, t.call()),
  },
  {
    rpc: 'NodeGetVolumeStats',
    gate: { node: [NodeCapability.GET_VOLUME_STATS] },
    fields: { ...volumeId, volume_path: 'volumePath' },
    request: () => ({ volumeId: id, volumePath: path }),
    call: (t, request) => t.driver.node.nodeGetVolumeStats(request, t.call()),
  },
  {
    rpc: 'NodeGetVolumeHealth',
    gate: { node: [NodeCapability.GET_VOLUME_HEALTH] },
    fields: volumeId,
    request: () => ({ volumeId: id, volumePublishPath: path }),
    call: (t, request) => t.driver.node.nodeGetVolumeHealth(request, t.call()),
  },
  {
    rpc: 'NodeExpandVolume',
    gate: { node: [NodeCapability.EXPAND_VOLUME] },
    fields: { ...volumeId, volume_path: 'volumePath' },
    request: () => ({ volumeId: id, volumePath: path }),
    call: (t, request) => t.driver.node.nodeExpandVolume(request, t.call()),
  },
]

/** A request that lacks a required field is InvalidArgument before anything is looked up. Specification: "Error Scheme". */
export const requiredFieldCases: readonly ConformanceCase[] = rows.flatMap(({ rpc, gate, fields, request, call }) =>
  Object.entries(fields).map(([field, key]) => ({
    name: `${rpc}: a request without ${field} is refused, although what it names does not exist`,
    gate,
    async run(t) {
      const incomplete = Object.fromEntries(Object.entries(request(t)).filter(([name]) => name !== key))
      await checkRejects(call(t, incomplete), Code.InvalidArgument, `${rpc} without ${field}`)
    },
  })),
)
