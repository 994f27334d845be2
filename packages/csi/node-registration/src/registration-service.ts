import { RegistrationService } from '@csi-ts/csi-proto'
import { type BoundService, bindService } from '@csi-ts/csi-rpc'
import type { Logger } from '@csi-ts/telemetry'
import type { RegistrationState } from './registration-state.ts'

/** What kubelet is told. */
export interface PluginDescription {
  readonly driverName: string
  /** The driver's socket as kubelet sees it: a path of the host, handed over as it is. */
  readonly endpoint: string
  /** Versions of the registration protocol, of which kubelet wants one below 2.0. It has nothing to do with the driver's version. */
  readonly versions: readonly string[]
}

/** Kubelet's plugin registration service, `pluginregistration.Registration`. */
export function createRegistrationService(
  plugin: PluginDescription,
  deps: { readonly state: RegistrationState; readonly log: Logger; readonly onRefused: (error: string) => void },
): BoundService {
  const { state, log, onRefused } = deps
  return bindService(RegistrationService, {
    getInfo: () => {
      log.v(4).info('received GetInfo call')
      state.infoAsked()
      return {
        type: 'CSIPlugin',
        name: plugin.driverName,
        endpoint: plugin.endpoint,
        supportedVersions: [...plugin.versions],
      }
    },
    notifyRegistrationStatus: ({ pluginRegistered, error }) => {
      log.info('received NotifyRegistrationStatus call', { registered: pluginRegistered })
      if (pluginRegistered) {
        state.confirmed()
      } else {
        state.refused(error)
        onRefused(error)
      }
      return {}
    },
  })
}
