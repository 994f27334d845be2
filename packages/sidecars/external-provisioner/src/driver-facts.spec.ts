import { ControllerCapability, PluginService } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { toDriverFacts } from './driver-facts.ts'

const complete = {
  name: 'hostpath.csi.k8s.io',
  pluginCapabilities: new Set<number>([
    PluginService.CONTROLLER_SERVICE,
    PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS,
  ]),
  controllerCapabilities: new Set<number>([
    ControllerCapability.CREATE_DELETE_VOLUME,
    ControllerCapability.PUBLISH_UNPUBLISH_VOLUME,
  ]),
}

describe('toDriverFacts', () => {
  it('says why a driver cannot make volumes', () => {
    expect(toDriverFacts(complete, { topology: true }).cannotProvision).toBeUndefined()
    expect(toDriverFacts({ ...complete, pluginCapabilities: new Set() }, { topology: true }).cannotProvision).toBe(
      'CSI driver does not support dynamic provisioning: plugin CONTROLLER_SERVICE capability is not reported',
    )
    expect(toDriverFacts({ ...complete, controllerCapabilities: new Set() }, { topology: true }).cannotProvision).toBe(
      'CSI driver does not support dynamic provisioning: controller CREATE_DELETE_VOLUME capability is not reported',
    )
  })

  it('has topology only with the gate and the capability', () => {
    expect(toDriverFacts(complete, { topology: true }).topology).toBe(true)
    expect(toDriverFacts(complete, { topology: false }).topology).toBe(false)
    const without = { ...complete, pluginCapabilities: new Set<number>([PluginService.CONTROLLER_SERVICE]) }
    expect(toDriverFacts(without, { topology: true }).topology).toBe(false)
  })

  it('reads the capabilities of the controller', () => {
    expect(toDriverFacts(complete, { topology: true })).toMatchObject({
      attaches: true,
      clonesVolumes: false,
      modifiesVolumes: false,
      restoresSnapshots: false,
      singleNodeMultiWriter: false,
    })
  })
})
