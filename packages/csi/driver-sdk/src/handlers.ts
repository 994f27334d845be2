import type {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import type { Handlers } from '@csi-ts/csi-rpc'

/** Identity methods that a driver wants to answer itself; the SDK answers the others. */
export type IdentityHandlers = Partial<Handlers<typeof IdentityService>>

/** Controller methods that a driver has. One left out answers Unimplemented and is not advertised. */
export type ControllerHandlers = Partial<Omit<Handlers<typeof ControllerService>, 'controllerGetCapabilities'>>

/** Node methods that a driver has; `nodeGetInfo`, `nodePublishVolume` and `nodeUnpublishVolume` are required. */
export type NodeHandlers = Partial<Omit<Handlers<typeof NodeService>, 'nodeGetCapabilities'>>

/** Group controller methods that a driver has: all three or none. */
export type GroupControllerHandlers = Partial<
  Omit<Handlers<typeof GroupControllerService>, 'groupControllerGetCapabilities'>
>

/** Snapshot metadata methods that a driver has. */
export type SnapshotMetadataHandlers = Partial<Handlers<typeof SnapshotMetadataService>>

/** Types the controller methods of a driver: parameters are inferred, a misspelt method does not compile. */
export function defineController(handlers: ControllerHandlers): ControllerHandlers {
  return handlers
}

/** Types the node methods of a driver. */
export function defineNode(handlers: NodeHandlers): NodeHandlers {
  return handlers
}

/** Types the group controller methods of a driver. */
export function defineGroupController(handlers: GroupControllerHandlers): GroupControllerHandlers {
  return handlers
}

/** Types the snapshot metadata methods of a driver. */
export function defineSnapshotMetadata(handlers: SnapshotMetadataHandlers): SnapshotMetadataHandlers {
  return handlers
}
