import { type ResourceType, resources } from '@csi-ts/kube-api'

/** Where everything happens. */
export const soakNamespace = 'soak'
/** On the copies that the observer's controller makes. */
export const mirrorLabel = 'soak.example.com/mirror'
/** Name of the driver and of its class. */
export const soakDriver = 'mock.csi.example.com'
export const soakClass = 'soak'

/** What the observer caches. */
export const observedResources: readonly ResourceType[] = [
  resources.configMaps,
  resources.secrets,
  resources.leases,
  resources.persistentVolumeClaims,
  resources.persistentVolumes,
]
