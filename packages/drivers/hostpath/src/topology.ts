import type { Segments } from '@csi-ts/driver-sdk'

/** Topology key of upstream's driver, whatever the driver is called. */
export const topologyKey = 'topology.hostpath.csi/node'

/** The one place where the volumes of a node can be used. */
export function ownSegments(nodeId: string): Segments {
  return { [topologyKey]: nodeId }
}
