import { ControllerCapability, GroupControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import type { ControllerHandlers, GroupControllerHandlers, NodeHandlers } from './handlers.ts'

/** What a driver can do, as numbers of the CSI enums, ascending. */
export interface DriverCapabilities {
  /** Values of `PluginService`. */
  readonly plugin: readonly number[]
  /** Values of `ControllerCapability`. */
  readonly controller: readonly number[]
  /** Values of `NodeCapability`. */
  readonly node: readonly number[]
  /** Values of `GroupControllerCapability`. */
  readonly groupController: readonly number[]
  readonly expansion?: 'online' | 'offline' | undefined
}

/** Capabilities that no method reveals, declared beside the methods. */
export interface DeclaredCapabilities {
  /**
   * `VOLUME_ACCESSIBILITY_CONSTRAINTS` and the like. A node process of a driver whose controller runs elsewhere declares
   * CONTROLLER_SERVICE here: all instances of a driver have to give the same answer.
   */
  readonly plugin?: readonly number[] | undefined
  /** `CLONE_VOLUME`, `PUBLISH_READONLY`, `LIST_VOLUMES_PUBLISHED_NODES`, `SINGLE_NODE_MULTI_WRITER`. */
  readonly controller?: readonly number[] | undefined
  /** `SINGLE_NODE_MULTI_WRITER`, `VOLUME_MOUNT_GROUP`. */
  readonly node?: readonly number[] | undefined
  /** Whether volumes can grow while they are in use. Default: not said, callers find out by trying. */
  readonly expansion?: 'online' | 'offline' | undefined
}

/** The methods that a capability is made of, and the capability without which it makes no sense. */
interface Rule<K> {
  readonly capability: number
  readonly methods: readonly K[]
  /** True when the methods do not tell: the capability must be declared. */
  readonly declared?: true
}

const controllerRules: readonly Rule<keyof ControllerHandlers>[] = [
  { capability: ControllerCapability.CREATE_DELETE_VOLUME, methods: ['createVolume', 'deleteVolume'] },
  {
    capability: ControllerCapability.PUBLISH_UNPUBLISH_VOLUME,
    methods: ['controllerPublishVolume', 'controllerUnpublishVolume'],
  },
  { capability: ControllerCapability.LIST_VOLUMES, methods: ['listVolumes'] },
  { capability: ControllerCapability.GET_CAPACITY, methods: ['getCapacity'] },
  { capability: ControllerCapability.CREATE_DELETE_SNAPSHOT, methods: ['createSnapshot', 'deleteSnapshot'] },
  { capability: ControllerCapability.LIST_SNAPSHOTS, methods: ['listSnapshots'] },
  { capability: ControllerCapability.CLONE_VOLUME, methods: ['createVolume'], declared: true },
  { capability: ControllerCapability.PUBLISH_READONLY, methods: ['controllerPublishVolume'], declared: true },
  { capability: ControllerCapability.EXPAND_VOLUME, methods: ['controllerExpandVolume'] },
  { capability: ControllerCapability.LIST_VOLUMES_PUBLISHED_NODES, methods: ['listVolumes'], declared: true },
  { capability: ControllerCapability.GET_VOLUME, methods: ['controllerGetVolume'] },
  { capability: ControllerCapability.SINGLE_NODE_MULTI_WRITER, methods: [], declared: true },
  { capability: ControllerCapability.MODIFY_VOLUME, methods: ['controllerModifyVolume'] },
  { capability: ControllerCapability.GET_SNAPSHOT, methods: ['getSnapshot'] },
  { capability: ControllerCapability.GET_VOLUME_HEALTH, methods: ['controllerGetVolumeHealth'] },
  { capability: ControllerCapability.LIST_VOLUME_HEALTH, methods: ['controllerListVolumeHealth'] },
]

const nodeRules: readonly Rule<keyof NodeHandlers>[] = [
  { capability: NodeCapability.STAGE_UNSTAGE_VOLUME, methods: ['nodeStageVolume', 'nodeUnstageVolume'] },
  { capability: NodeCapability.GET_VOLUME_STATS, methods: ['nodeGetVolumeStats'] },
  { capability: NodeCapability.EXPAND_VOLUME, methods: ['nodeExpandVolume'] },
  { capability: NodeCapability.SINGLE_NODE_MULTI_WRITER, methods: [], declared: true },
  { capability: NodeCapability.VOLUME_MOUNT_GROUP, methods: [], declared: true },
  { capability: NodeCapability.GET_VOLUME_HEALTH, methods: ['nodeGetVolumeHealth'] },
  { capability: NodeCapability.GET_STORAGE_HEALTH, methods: ['nodeGetStorageHealth'] },
]

const groupControllerRules: readonly Rule<keyof GroupControllerHandlers>[] = [
  {
    capability: GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT,
    methods: ['createVolumeGroupSnapshot', 'deleteVolumeGroupSnapshot', 'getVolumeGroupSnapshot'],
  },
]

/** The services that a driver serves. */
export interface ServedMethods {
  readonly controller?: ControllerHandlers | undefined
  readonly node?: NodeHandlers | undefined
  readonly groupController?: GroupControllerHandlers | undefined
  readonly snapshotMetadata?: object | undefined
}

/**
 * What the methods of a driver and its declarations amount to.
 * @throws Error naming the capability or the method, when they disagree: half of a pair of methods, a declared capability
 * whose methods are missing, a number that is no capability
 */
export function inferCapabilities(methods: ServedMethods, declared: DeclaredCapabilities = {}): DriverCapabilities {
  const controller = infer('controller', ControllerCapability, controllerRules, methods.controller, declared.controller)
  const node = infer('node', NodeCapability, nodeRules, methods.node, declared.node)
  const groupController = infer(
    'group controller',
    GroupControllerCapability,
    groupControllerRules,
    methods.groupController,
    undefined,
  )
  const plugin = inferPlugin(methods, declared.plugin ?? [])
  assertConsistent(methods, { plugin, controller, node, groupController, expansion: declared.expansion })
  return { plugin, controller, node, groupController, expansion: declared.expansion }
}

function infer<H extends object>(
  service: string,
  names: Readonly<Record<string, number>>,
  rules: readonly Rule<keyof H>[],
  handlers: H | undefined,
  declared: readonly number[] = [],
): readonly number[] {
  const has = (method: keyof H): boolean => handlers?.[method] !== undefined
  for (const capability of declared) {
    const rule = rules.find((candidate) => candidate.capability === capability)
    if (rule === undefined) throw new Error(`${service} capability ${capability} does not exist`)
    const missing = rule.methods.find((method) => !has(method))
    if (missing === undefined && handlers !== undefined) continue
    const name = `${service} capability ${nameOf(names, capability)} is declared`
    throw new Error(
      missing === undefined ? `${name} without a ${service} service` : `${name}, but there is no ${String(missing)}`,
    )
  }
  const revealed = rules.filter((rule) => rule.declared !== true && rule.methods.some(has))
  for (const { methods, capability } of revealed) {
    const missing = methods.find((method) => !has(method))
    if (missing !== undefined) {
      throw new Error(`${service} capability ${nameOf(names, capability)} needs ${String(missing)} too`)
    }
  }
  return ascending([...revealed.map((rule) => rule.capability), ...declared])
}

function inferPlugin(methods: ServedMethods, declared: readonly number[]): readonly number[] {
  const known: ReadonlySet<number> = new Set(Object.values(PluginService))
  for (const capability of declared) {
    if (capability > 0 && known.has(capability)) continue
    throw new Error(`plugin capability ${capability} does not exist`)
  }
  return ascending([
    ...(methods.controller === undefined ? [] : [PluginService.CONTROLLER_SERVICE]),
    ...(methods.groupController === undefined ? [] : [PluginService.GROUP_CONTROLLER_SERVICE]),
    ...(methods.snapshotMetadata === undefined ? [] : [PluginService.SNAPSHOT_METADATA_SERVICE]),
    ...declared,
  ])
}

function assertConsistent({ controller, node }: ServedMethods, capabilities: DriverCapabilities): void {
  const required = ['nodeGetInfo', 'nodePublishVolume', 'nodeUnpublishVolume'] as const
  const missing = node && required.find((method) => node[method] === undefined)
  if (missing !== undefined) throw new Error(`a node service needs ${missing}`)

  const { LIST_VOLUME_HEALTH, GET_VOLUME_HEALTH } = ControllerCapability
  if (capabilities.controller.includes(LIST_VOLUME_HEALTH) && !capabilities.controller.includes(GET_VOLUME_HEALTH)) {
    throw new Error('controller capability LIST_VOLUME_HEALTH needs controllerGetVolumeHealth too')
  }
  const onController = capabilities.controller.includes(ControllerCapability.SINGLE_NODE_MULTI_WRITER)
  const onNode = capabilities.node.includes(NodeCapability.SINGLE_NODE_MULTI_WRITER)
  if (controller !== undefined && node !== undefined && onController !== onNode) {
    throw new Error('capability SINGLE_NODE_MULTI_WRITER must be declared for controller and node, or for neither')
  }
  const served = controller !== undefined || node !== undefined
  const expands = controller?.controllerExpandVolume !== undefined || node?.nodeExpandVolume !== undefined
  if (capabilities.expansion !== undefined && served && !expands) {
    throw new Error('volume expansion is declared, but there is neither controllerExpandVolume nor nodeExpandVolume')
  }
}

function nameOf(names: Readonly<Record<string, number>>, capability: number): string {
  return Object.keys(names).find((name) => names[name] === capability) ?? String(capability)
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b)
}
