import { ControllerCapability, PluginService } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What a driver can say wrongly about itself. */
export const identityDefects: readonly Defect[] = [
  {
    id: 'plugin-name-invalid',
    fault: 'GetPluginInfo gives a name with an underscore and a space',
    rule: 'the plugin name is in domain-name style, at most 63 characters',
    foundBy: 'GetPluginInfo: name and version are valid',
    seed: () => ({ identity: { getPluginInfo: async (r, next) => ({ ...(await next(r)), name: 'my_driver v2' }) } }),
  },
  {
    id: 'plugin-name-too-long',
    fault: 'GetPluginInfo gives a name of 64 characters',
    rule: 'the plugin name is in domain-name style, at most 63 characters',
    foundBy: 'GetPluginInfo: name and version are valid',
    seed: () => ({ identity: { getPluginInfo: async (r, next) => ({ ...(await next(r)), name: 'd'.repeat(64) }) } }),
  },
  {
    id: 'vendor-version-missing',
    fault: 'GetPluginInfo leaves vendor_version empty',
    rule: 'vendor_version is required',
    foundBy: 'GetPluginInfo: name and version are valid',
    seed: () => ({ identity: { getPluginInfo: async (r, next) => ({ ...(await next(r)), vendorVersion: '' }) } }),
  },
  {
    id: 'plugin-capability-unknown',
    fault: 'GetPluginCapabilities lists the capability UNKNOWN',
    rule: 'a plugin must not emit UNKNOWN',
    foundBy: 'GetPluginCapabilities: every capability is one of the specification',
    seed: () => ({
      identity: {
        getPluginCapabilities: async (r, next) => {
          const unknown = { type: { $case: 'service' as const, value: { type: PluginService.UNKNOWN } } }
          return { capabilities: [...((await next(r)).capabilities ?? []), unknown] }
        },
      },
    }),
  },
  {
    id: 'probe-not-idempotent',
    fault: 'Probe works once and fails from then on',
    rule: 'Probe is called again and again for the life of the plugin',
    foundBy: 'Probe: the plugin is ready, as often as it is asked',
    seed: () => {
      let probes = 0
      return {
        identity: {
          probe: async (r, next) => {
            probes += 1
            if (probes > 1) throw new Error('already probed')
            return await next(r)
          },
        },
      }
    },
  },
  {
    id: 'capability-without-method',
    fault: 'GET_CAPACITY is advertised, GetCapacity answers Unimplemented for want of a handler',
    rule: 'what is advertised is implemented',
    foundBy: 'ControllerGetCapabilities: what is promised is implemented',
    seed: () => ({ controller: { getCapacity: async (_r, _next, ctx) => unimplemented(ctx.method) } }),
  },
  {
    id: 'capability-without-its-base',
    fault: 'LIST_VOLUMES_PUBLISHED_NODES is advertised without LIST_VOLUMES',
    rule: 'LIST_VOLUMES_PUBLISHED_NODES says something about ListVolumes',
    foundBy: 'ControllerGetCapabilities: capabilities have what they build on',
    seed: () => ({
      controller: {
        controllerGetCapabilities: async (r, next) => {
          const capabilities = (await next(r)).capabilities ?? []
          return {
            capabilities: capabilities.filter(({ type }) => type?.value?.type !== ControllerCapability.LIST_VOLUMES),
          }
        },
      },
    }),
  },
  {
    id: 'node-id-changes',
    fault: 'NodeGetInfo makes up a new node id at each call',
    rule: 'the node id is stable: it names the node in ControllerPublishVolume',
    foundBy: 'NodeGetInfo: the node id stays the same',
    seed: () => {
      let calls = 0
      return {
        node: {
          nodeGetInfo: async (r, next) => {
            calls += 1
            return { ...(await next(r)), nodeId: `node-${calls}` }
          },
        },
      }
    },
  },
  {
    id: 'node-id-too-long',
    fault: 'NodeGetInfo gives a node id of 300 bytes',
    rule: 'a node id has at most 256 bytes',
    foundBy: 'NodeGetInfo: the node is described within the limits',
    seed: () => {
      const longId = 'n'.repeat(300)
      const known = (nodeId: string): string => (nodeId === longId ? 'node-1' : nodeId)
      return {
        controller: {
          controllerPublishVolume: (r, next) => next({ ...r, nodeId: known(r.nodeId) }),
          controllerUnpublishVolume: (r, next) => next({ ...r, nodeId: known(r.nodeId) }),
        },
        node: { nodeGetInfo: async (r, next) => ({ ...(await next(r)), nodeId: longId }) },
      }
    },
  },
  {
    id: 'node-limit-negative',
    fault: 'NodeGetInfo gives max_volumes_per_node -1 for "no limit"',
    rule: '0 lets the orchestrator decide, negative values are forbidden',
    foundBy: 'NodeGetInfo: the node is described within the limits',
    seed: () => ({ node: { nodeGetInfo: async (r, next) => ({ ...(await next(r)), maxVolumesPerNode: -1n }) } }),
  },
  {
    id: 'node-topology-missing',
    fault: 'VOLUME_ACCESSIBILITY_CONSTRAINTS is advertised, NodeGetInfo gives no topology',
    rule: 'a plugin with VOLUME_ACCESSIBILITY_CONSTRAINTS returns the topology of the node',
    foundBy: 'NodeGetInfo: a driver with topology says where the node is',
    seed: () => ({
      node: {
        nodeGetInfo: async (r, next) => {
          const { nodeId = '' } = await next(r)
          return { nodeId }
        },
      },
    }),
  },
]

function unimplemented(method: string): never {
  throw new CsiError(Code.Unimplemented, `${method} is not implemented`)
}
