import {
  ControllerCapability,
  PluginCapability_VolumeExpansion_Type as Expansion,
  NodeCapability,
  PluginService,
} from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual } from '../check.ts'
import type { ConformanceCase } from '../conformance-case.ts'

/** What a plugin says about itself. Specification: "Identity Service RPC" and the capability RPCs of the other services. */
export const identityCases: readonly ConformanceCase[] = [
  {
    name: 'GetPluginInfo: name and version are valid',
    async run(t) {
      const info = await t.driver.identity.getPluginInfo({}, t.call())
      const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(info.name)
      check(isName, `name is ${JSON.stringify(info.name)}, want 1 to 63 letters, digits, dots and dashes`)
      check(info.vendorVersion !== '', 'vendor_version is empty')
      checkMapSize('manifest', info.manifest)
    },
  },
  {
    name: 'GetPluginInfo: a second answer is the same',
    async run(t) {
      const ask = () => t.driver.identity.getPluginInfo({}, t.call())
      checkEqual(await ask(), await ask(), 'the second answer')
    },
  },
  {
    name: 'GetPluginCapabilities: every capability is one of the specification',
    async run(t) {
      const { capabilities } = await t.driver.identity.getPluginCapabilities({}, t.call())
      for (const { type } of capabilities) {
        check(type !== undefined, 'an entry says nothing')
        const isExpansion = type.$case === 'volumeExpansion'
        const known: readonly number[] = Object.values<number>(isExpansion ? Expansion : PluginService)
        const isKnown = type.value.type > 0 && known.includes(type.value.type)
        check(isKnown, `${type.$case} ${type.value.type} is no capability`)
      }
    },
  },
  {
    name: 'GetPluginCapabilities: a second answer is the same',
    async run(t) {
      const ask = () => t.driver.identity.getPluginCapabilities({}, t.call())
      checkEqual(await ask(), await ask(), 'the second answer')
    },
  },
  {
    name: 'Probe: the plugin is ready, as often as it is asked',
    async run(t) {
      for (let count = 0; count < t.options.repetitions; count += 1) {
        const { ready } = await t.repeat(() => t.driver.identity.probe({}, t.call()))
        check(ready !== false, 'ready is false: the suite needs a plugin that is ready')
      }
    },
  },
  {
    name: 'ControllerGetCapabilities: no capability is UNKNOWN',
    gate: { controller: [] },
    async run(t) {
      const { capabilities } = await t.driver.controller.controllerGetCapabilities({}, t.call())
      check(
        capabilities.every(({ type }) => (type?.value.type ?? 0) > 0),
        'an entry is UNKNOWN or says nothing',
      )
    },
  },
  {
    name: 'ControllerGetCapabilities: capabilities have what they build on',
    gate: { controller: [] },
    async run(t) {
      const has = (capability: number): boolean => t.facts.controller?.has(capability) ?? false
      for (const [capability, base] of controllerBases) {
        const names = `${controllerName(capability)} without ${controllerName(base)}`
        check(!has(capability) || has(base), `${names} is promised`)
      }
      const onNode = t.facts.node?.has(NodeCapability.SINGLE_NODE_MULTI_WRITER)
      const agrees = onNode === undefined || onNode === has(ControllerCapability.SINGLE_NODE_MULTI_WRITER)
      check(agrees, 'SINGLE_NODE_MULTI_WRITER is promised by only one of controller and node')
    },
  },
  {
    name: 'ControllerGetCapabilities: what is promised is implemented',
    gate: { controller: [] },
    async run(t) {
      const { controller } = t.driver
      await checkImplemented(t, t.facts.controller, {
        [ControllerCapability.CREATE_DELETE_VOLUME]: [controller.createVolume, controller.deleteVolume],
        [ControllerCapability.PUBLISH_UNPUBLISH_VOLUME]: [
          controller.controllerPublishVolume,
          // An empty ControllerUnpublishVolume lacks its volume id.
          controller.controllerUnpublishVolume,
        ],
        [ControllerCapability.LIST_VOLUMES]: [controller.listVolumes],
        [ControllerCapability.GET_CAPACITY]: [controller.getCapacity],
        [ControllerCapability.CREATE_DELETE_SNAPSHOT]: [controller.createSnapshot, controller.deleteSnapshot],
        [ControllerCapability.LIST_SNAPSHOTS]: [controller.listSnapshots],
        [ControllerCapability.GET_SNAPSHOT]: [controller.getSnapshot],
        [ControllerCapability.EXPAND_VOLUME]: [controller.controllerExpandVolume],
        [ControllerCapability.GET_VOLUME]: [controller.controllerGetVolume],
        [ControllerCapability.MODIFY_VOLUME]: [controller.controllerModifyVolume],
        [ControllerCapability.GET_VOLUME_HEALTH]: [controller.controllerGetVolumeHealth],
        [ControllerCapability.LIST_VOLUME_HEALTH]: [controller.controllerListVolumeHealth],
      })
    },
  },
  {
    name: 'NodeGetCapabilities: no capability is UNKNOWN',
    gate: { node: [] },
    async run(t) {
      const { capabilities } = await t.driver.node.nodeGetCapabilities({}, t.call())
      check(
        capabilities.every(({ type }) => (type?.value.type ?? 0) > 0),
        'an entry is UNKNOWN or says nothing',
      )
    },
  },
  {
    name: 'NodeGetCapabilities: what is promised is implemented',
    gate: { node: [] },
    async run(t) {
      const { node } = t.driver
      await checkImplemented(t, t.facts.node, {
        [NodeCapability.STAGE_UNSTAGE_VOLUME]: [node.nodeStageVolume, node.nodeUnstageVolume],
        [NodeCapability.GET_VOLUME_STATS]: [node.nodeGetVolumeStats],
        [NodeCapability.EXPAND_VOLUME]: [node.nodeExpandVolume],
        [NodeCapability.GET_VOLUME_HEALTH]: [node.nodeGetVolumeHealth],
        [NodeCapability.GET_STORAGE_HEALTH]: [node.nodeGetStorageHealth],
      })
    },
  },
  {
    name: 'NodeGetInfo: the node is described within the limits',
    gate: { node: [] },
    async run(t) {
      const { nodeId, maxVolumesPerNode, accessibleTopology } = await t.driver.node.nodeGetInfo({}, t.call())
      check(nodeId !== '', 'node_id is empty')
      check(Buffer.byteLength(nodeId) <= 256, `node_id has ${Buffer.byteLength(nodeId)} bytes, at most 256 are allowed`)
      check(maxVolumesPerNode >= 0n, `max_volumes_per_node is ${maxVolumesPerNode}`)
      for (const [key, value] of Object.entries(accessibleTopology?.segments ?? {})) {
        const parts = key.split('/')
        check(parts.length <= 2 && parts.every(isTopologyPart), `${JSON.stringify(key)} is no key of a topology`)
        check(value.length <= 63, `the value of ${key} has more than 63 characters`)
      }
    },
  },
  {
    name: 'NodeGetInfo: the node id stays the same',
    gate: { node: [] },
    async run(t) {
      const ask = async (): Promise<string> => (await t.driver.node.nodeGetInfo({}, t.call())).nodeId
      checkEqual(await ask(), await ask(), 'node_id of the second answer')
    },
  },
  {
    name: 'NodeGetInfo: a driver with topology says where the node is',
    gate: { plugin: [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS], node: [] },
    async run(t) {
      const { accessibleTopology } = await t.driver.node.nodeGetInfo({}, t.call())
      const keys = Object.keys(accessibleTopology?.segments ?? {})
      check(keys.length > 0, 'accessible_topology is empty')
      const prefixes = new Set(keys.map((key) => key.split('/').slice(0, -1).join('/')))
      check(prefixes.size === 1, `the keys ${keys.join(', ')} have different prefixes`)
    },
  },
]

const controllerBases: readonly (readonly [number, number])[] = [
  [ControllerCapability.LIST_VOLUMES_PUBLISHED_NODES, ControllerCapability.LIST_VOLUMES],
  [ControllerCapability.PUBLISH_READONLY, ControllerCapability.PUBLISH_UNPUBLISH_VOLUME],
  [ControllerCapability.CLONE_VOLUME, ControllerCapability.CREATE_DELETE_VOLUME],
  [ControllerCapability.LIST_VOLUME_HEALTH, ControllerCapability.GET_VOLUME_HEALTH],
]

function controllerName(capability: number): string {
  const names: Readonly<Record<string, number>> = ControllerCapability
  return Object.keys(names).find((key) => names[key] === capability) ?? String(capability)
}

/** @throws ConformanceError when a map has more than the 4 KiB that the specification allows */
export function checkMapSize(field: string, map: Readonly<Record<string, string>>): void {
  const bytes = Object.entries(map).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  check(bytes <= 4_096, `${field} has ${bytes} bytes, at most 4096 are allowed`)
}

type AnyMethod = (request: Record<string, never>, call: ReturnType<CaseContext['call']>) => Promise<unknown>

/** Calls each method of each capability with an empty request: whatever it answers, it must not be Unimplemented. */
async function checkImplemented(
  t: CaseContext,
  has: ReadonlySet<number> | undefined,
  methods: Readonly<Record<number, readonly AnyMethod[]>>,
): Promise<void> {
  for (const [capability, calls] of Object.entries(methods)) {
    if (has?.has(Number(capability)) !== true) continue
    for (const method of calls) {
      const error = await method({}, t.call()).catch((thrown: unknown) => thrown)
      const isMissing = error instanceof CsiError && error.code === Code.Unimplemented
      check(!isMissing, `capability ${capability} is promised: ${isMissing ? error.message : ''}`)
    }
  }
}

function isTopologyPart(part: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(part) && part.length <= 253
}
