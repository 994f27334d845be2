/**
 * Fields that the specification requires of each request, by method. Nothing is looked up before all of them are there.
 * Left out on purpose: `readonly` (false counts), `mutable_parameters` of ControllerModifyVolume (callers send an empty
 * map to change nothing), `snapshot_ids` of group snapshots (an unknown group is answered without them).
 */
export const requiredFields: Readonly<Record<string, readonly string[]>> = {
  CreateVolume: ['name', 'volume_capabilities'],
  DeleteVolume: ['volume_id'],
  ControllerPublishVolume: ['volume_id', 'node_id', 'volume_capability'],
  ControllerUnpublishVolume: ['volume_id'],
  ValidateVolumeCapabilities: ['volume_id', 'volume_capabilities'],
  ControllerGetVolume: ['volume_id'],
  ControllerGetVolumeHealth: ['volume_id'],
  ControllerModifyVolume: ['volume_id'],
  ControllerExpandVolume: ['volume_id', 'capacity_range'],
  CreateSnapshot: ['source_volume_id', 'name'],
  DeleteSnapshot: ['snapshot_id'],
  GetSnapshot: ['snapshot_id'],
  NodeStageVolume: ['volume_id', 'staging_target_path', 'volume_capability'],
  NodeUnstageVolume: ['volume_id', 'staging_target_path'],
  NodePublishVolume: ['volume_id', 'target_path', 'volume_capability'],
  NodeUnpublishVolume: ['volume_id', 'target_path'],
  NodeGetVolumeStats: ['volume_id', 'volume_path'],
  NodeGetVolumeHealth: ['volume_id'],
  NodeExpandVolume: ['volume_id', 'volume_path'],
  CreateVolumeGroupSnapshot: ['name', 'source_volume_ids'],
  DeleteVolumeGroupSnapshot: ['group_snapshot_id'],
  GetVolumeGroupSnapshot: ['group_snapshot_id'],
  GetMetadataAllocated: ['snapshot_id'],
  GetMetadataDelta: ['base_snapshot_id', 'target_snapshot_id'],
}
