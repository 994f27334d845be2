import { PluginCapability, VolumeExpansion } from '@csi-ts/csi-proto'
import type { DriverCapabilities } from './capabilities.ts'
import type { IdentityHandlers } from './handlers.ts'

/** What a driver says about itself. */
export interface IdentityOptions {
  readonly name: string
  readonly vendorVersion: string
  readonly manifest: Readonly<Record<string, string>>
  readonly capabilities: DriverCapabilities
  readonly ready: () => boolean
}

/** The Identity service. It answers before anything else works, from memory. */
export function createIdentityService(options: IdentityOptions): Required<IdentityHandlers> {
  const { name, vendorVersion, manifest, ready } = options
  const capabilities = toPluginCapabilities(options.capabilities)
  return {
    getPluginInfo: () => ({ name, vendorVersion, manifest }),
    getPluginCapabilities: () => ({ capabilities }),
    probe: () => ({ ready: ready() }),
  }
}

function toPluginCapabilities({ plugin, expansion }: DriverCapabilities): PluginCapability[] {
  const services = plugin.map((type) =>
    PluginCapability.create({ type: { $case: 'service', value: { type: type as never } } }),
  )
  if (expansion === undefined) return services
  const type = expansion === 'online' ? VolumeExpansion.ONLINE : VolumeExpansion.OFFLINE
  return [...services, PluginCapability.create({ type: { $case: 'volumeExpansion', value: { type } } })]
}
