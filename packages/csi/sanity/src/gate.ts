import { ControllerCapability, GroupControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import type { Gate, Need } from './conformance-case.ts'
import type { DriverFacts } from './driver-facts.ts'
import type { SuiteOptions } from './suite-options.ts'
import type { SuiteTarget } from './suite-target.ts'

/** What needs are looked up in. */
export interface GateInputs {
  readonly facts: DriverFacts
  readonly options: SuiteOptions
  readonly target: SuiteTarget
}

/** Why a case does not apply; undefined when it does. */
export function reasonToSkip(gate: Gate, { facts, options, target }: GateInputs): string | undefined {
  return (
    missing('plugin', PluginService, gate.plugin, facts.plugin) ??
    missing('controller', ControllerCapability, gate.controller, facts.controller) ??
    missing('node', NodeCapability, gate.node, facts.node) ??
    missing('group controller', GroupControllerCapability, gate.groupController, facts.groupController) ??
    gate.needs?.map((need) => unmet[need]({ facts, options, target })).find((reason) => reason !== undefined)
  )
}

function missing(
  service: string,
  names: Readonly<Record<string, number>>,
  wanted: readonly number[] | undefined,
  has: ReadonlySet<number> | undefined,
): string | undefined {
  if (wanted === undefined) return undefined
  if (has === undefined) return `the driver has no ${service} service`
  const capability = wanted.find((one) => !has.has(one))
  if (capability === undefined) return undefined
  const name = Object.keys(names).find((key) => names[key] === capability) ?? String(capability)
  return `the driver does not have the ${service} capability ${name}`
}

const unmet: Readonly<Record<Need, (inputs: GateInputs) => string | undefined>> = {
  'attach limit': ({ facts, options }) => {
    if (!options.attachLimit) return 'not asked for: the attach limit of a node can be large'
    return (facts.nodeInfo?.maxVolumesPerNode ?? 0n) > 0n ? undefined : 'the node has no limit'
  },
  'mount volumes': ({ options }) => (options.accessType === 'mount' ? undefined : 'the suite runs with block volumes'),
  'mutable parameters': ({ options }) =>
    Object.keys(options.mutableParameters).length > 0 ? undefined : 'no mutable parameters are given',
  'node topology': ({ facts }) =>
    facts.nodeInfo?.accessibleTopology === undefined ? 'the node has no topology' : undefined,
  parameters: ({ options }) =>
    Object.keys(options.parameters).length > 0 ? undefined : 'no volume parameters are given',
  restart: ({ target }) => (target.restart === undefined ? 'no way to restart the driver is given' : undefined),
  'volumes on the node': ({ facts }) =>
    facts.node !== undefined && facts.controller?.has(ControllerCapability.CREATE_DELETE_VOLUME) === true
      ? undefined
      : 'the suite needs CREATE_DELETE_VOLUME and a node service for it',
}
