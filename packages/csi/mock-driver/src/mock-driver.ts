import { type Clock, systemClock } from '@csi-ts/concurrency'
import { ControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import type { InterceptedCall } from '@csi-ts/csi-rpc'
import { createDriver, type Driver, type Segments } from '@csi-ts/driver-sdk'
import { createMockController } from './mock-controller.ts'
import { createMockNode } from './mock-node.ts'
import { emptyState, type MockState, type MockVolume } from './mock-state.ts'
import type { RecordedCall } from './recorded-call.ts'
import { createScript, type Script, scriptInterceptor } from './script.ts'

/** What the mock driver is like. */
export interface MockDriverOptions {
  /** Default `mock.csi.example.com`. */
  readonly name?: string | undefined
  /** Default `node-1`. */
  readonly nodeId?: string | undefined
  /** Values of `ControllerCapability`. Default {@link defaultControllerCapabilities}; empty: no controller service. */
  readonly controllerCapabilities?: readonly number[] | undefined
  /** Values of `NodeCapability`. Default {@link defaultNodeCapabilities}. */
  readonly nodeCapabilities?: readonly number[] | undefined
  /** Topology of the node; given, volumes are placed by topology and the plugin says so. */
  readonly topology?: Segments | undefined
  /** `maxVolumesPerNode` of NodeGetInfo, enforced by ControllerPublishVolume. Default 0: no limit. */
  readonly maxVolumesPerNode?: number | undefined
  /** What all volumes together may hold. Default 1 PiB. */
  readonly totalBytes?: bigint | undefined
  /** What an earlier mock driver left. Default: nothing. */
  readonly state?: MockState | undefined
  /** Told after every change of the state; the answer waits for it. */
  readonly onChange?: ((state: MockState) => Promise<void> | void) | undefined
  /** Make a directory at each target path and remove it, as a container runtime needs one. Default: only bookkeeping. */
  readonly makeTargets?: boolean | undefined
  /** Asked by each Probe. Default: always ready. */
  readonly ready?: (() => boolean) | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/** A small working driver in memory whose every call a test can stop, delay, fail or cut. */
export interface MockDriver {
  /** To be served with `serveCsi`, or called with `inMemoryDriver`. */
  readonly driver: Driver
  readonly script: Script
  /** All calls so far, in the order of arrival. */
  readonly calls: readonly RecordedCall[]
  /** By id. */
  readonly volumes: ReadonlyMap<string, MockVolume>
  readonly state: MockState
}

/** Everything that the mock driver's controller can do, except what needs SINGLE_NODE_MULTI_WRITER. */
export const defaultControllerCapabilities: readonly number[] = [
  ControllerCapability.CREATE_DELETE_VOLUME,
  ControllerCapability.PUBLISH_UNPUBLISH_VOLUME,
  ControllerCapability.LIST_VOLUMES,
  ControllerCapability.GET_CAPACITY,
  ControllerCapability.CREATE_DELETE_SNAPSHOT,
  ControllerCapability.LIST_SNAPSHOTS,
  ControllerCapability.CLONE_VOLUME,
  ControllerCapability.PUBLISH_READONLY,
  ControllerCapability.EXPAND_VOLUME,
  ControllerCapability.LIST_VOLUMES_PUBLISHED_NODES,
  ControllerCapability.GET_VOLUME,
  ControllerCapability.MODIFY_VOLUME,
]

/** Everything that the mock driver's node can do, except what needs SINGLE_NODE_MULTI_WRITER. */
export const defaultNodeCapabilities: readonly number[] = [
  NodeCapability.STAGE_UNSTAGE_VOLUME,
  NodeCapability.GET_VOLUME_STATS,
  NodeCapability.EXPAND_VOLUME,
]

/** Creates a mock driver. @throws Error for capabilities that it does not have */
export function createMockDriver(options: MockDriverOptions = {}): MockDriver {
  const {
    name = 'mock.csi.example.com',
    nodeId = 'node-1',
    controllerCapabilities = defaultControllerCapabilities,
    nodeCapabilities = defaultNodeCapabilities,
    topology,
    maxVolumesPerNode = 0,
    totalBytes = 1n << 50n,
    state = emptyState(),
    onChange = () => {},
    clock = systemClock,
  } = options
  const calls: RecordedCall[] = []
  const record = ({ name: method, request }: InterceptedCall): RecordedCall => {
    const call: RecordedCall = { method, request, outcome: 'pending' }
    calls.push(call)
    return call
  }
  const script = createScript({ clock })
  const shared = {
    state,
    changed: async () => await onChange(state),
    nodeId,
    topology,
    maxVolumesPerNode,
    totalBytes,
    clock,
  }
  const controller = createMockController(shared, controllerCapabilities)
  const node = createMockNode({ ...shared, makeTargets: options.makeTargets ?? false }, nodeCapabilities)
  const driver = createDriver({
    name,
    vendorVersion: '1.0.0',
    controller: controllerCapabilities.length === 0 ? undefined : controller,
    node,
    capabilities: {
      plugin: topology === undefined ? [] : [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS],
      controller: controllerCapabilities,
      node: nodeCapabilities,
    },
    ready: options.ready,
    intercept: scriptInterceptor(script, record),
  })
  return { driver, script, calls, volumes: state.volumes, state }
}
