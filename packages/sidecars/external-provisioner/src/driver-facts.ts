import { ControllerCapability, PluginService } from '@csi-ts/csi-proto'
import type { DriverInfo } from '@csi-ts/sidecar-kit'

/** What of a driver decides how volumes are made: its name and capabilities in terms of this sidecar. */
export interface DriverFacts {
  readonly name: string
  /** Why the driver cannot make volumes at all; undefined when it can. */
  readonly cannotProvision: string | undefined
  readonly singleNodeMultiWriter: boolean
  readonly modifiesVolumes: boolean
  readonly restoresSnapshots: boolean
  readonly clonesVolumes: boolean
  /** ControllerPublishVolume: volumes are attached, so deletion waits for the detach. */
  readonly attaches: boolean
  /** Volumes are not reachable from everywhere. */
  readonly topology: boolean
  /** The in-tree plugin that it replaces. */
  readonly migratedFrom: string | undefined
}

/** Reads the capabilities. `topology` is off when its feature gate is. */
export function toDriverFacts(
  driver: Pick<DriverInfo, 'name' | 'pluginCapabilities' | 'controllerCapabilities' | 'migratedFrom'>,
  gates: { readonly topology: boolean },
): DriverFacts {
  const { controllerCapabilities: controller, pluginCapabilities: plugin } = driver
  return {
    name: driver.name,
    cannotProvision: missingCapability(driver),
    singleNodeMultiWriter: controller.has(ControllerCapability.SINGLE_NODE_MULTI_WRITER),
    modifiesVolumes: controller.has(ControllerCapability.MODIFY_VOLUME),
    restoresSnapshots: controller.has(ControllerCapability.CREATE_DELETE_SNAPSHOT),
    clonesVolumes: controller.has(ControllerCapability.CLONE_VOLUME),
    attaches: controller.has(ControllerCapability.PUBLISH_UNPUBLISH_VOLUME),
    topology: gates.topology && plugin.has(PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS),
    migratedFrom: driver.migratedFrom,
  }
}

function missingCapability({
  controllerCapabilities,
  pluginCapabilities,
}: Pick<DriverInfo, 'pluginCapabilities' | 'controllerCapabilities'>): string | undefined {
  const because = 'CSI driver does not support dynamic provisioning'
  if (!pluginCapabilities.has(PluginService.CONTROLLER_SERVICE)) {
    return `${because}: plugin CONTROLLER_SERVICE capability is not reported`
  }
  if (!controllerCapabilities.has(ControllerCapability.CREATE_DELETE_VOLUME)) {
    return `${because}: controller CREATE_DELETE_VOLUME capability is not reported`
  }
  return undefined
}
