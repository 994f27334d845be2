import { ControllerCapability, NodeCapability } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { createDriver, type Driver } from '@csi-ts/driver-sdk'
import {
  createMockDriver,
  defaultControllerCapabilities,
  defaultNodeCapabilities,
  emptyState,
  type MockVolume,
} from '@csi-ts/mock-driver'
import type { Defect } from './defect.ts'
import { createModelGroups, groupOf } from './model-groups.ts'
import { createModelHealth } from './model-health.ts'
import { createModelMetadata } from './model-metadata.ts'
import type { ModelState } from './model-state.ts'
import { seedDefect } from './seed-defect.ts'

/** How the model driver is made. */
export interface ModelDriverOptions {
  readonly defect?: Defect | undefined
  /** What an earlier one left. Default: one volume that is not well. */
  readonly state?: ModelState | undefined
  /** Ends in the name of the one node. Default: volumes can be used everywhere. */
  readonly topology?: Readonly<Record<string, string>> | undefined
}

/** The mock driver and everything else that the specification knows: snapshots by id, groups, metadata, health. */
export function createModelDriver({ defect, state = firstState(), topology }: ModelDriverOptions = {}): Driver {
  const mock = createMockDriver({
    controllerCapabilities: [...defaultControllerCapabilities, ControllerCapability.SINGLE_NODE_MULTI_WRITER],
    nodeCapabilities: [...defaultNodeCapabilities, NodeCapability.SINGLE_NODE_MULTI_WRITER],
    state,
    topology,
    makeTargets: true,
  }).driver
  const { controller, node } = mock.handlers
  const health = createModelHealth(state)
  const driver = createDriver({
    name: mock.name,
    vendorVersion: mock.vendorVersion,
    controller: {
      ...controller,
      async listSnapshots(request, ctx) {
        const { entries = [], nextToken = '' } = (await controller.listSnapshots?.(request, ctx)) ?? {}
        const grouped = entries.map(({ snapshot = {} }) => {
          const groupSnapshotId = groupOf(state, snapshot.snapshotId)?.id ?? ''
          return { snapshot: { ...snapshot, groupSnapshotId } }
        })
        return { entries: grouped, nextToken }
      },
      async getSnapshot({ snapshotId }, ctx) {
        const request = { snapshotId, sourceVolumeId: '', maxEntries: 0, startingToken: '', secrets: {} }
        const snapshot = (await controller.listSnapshots?.(request, ctx))?.entries?.[0]?.snapshot
        if (snapshot === undefined) throw new CsiError(Code.NotFound, `snapshot ${snapshotId} does not exist`)
        return { snapshot: { ...snapshot, groupSnapshotId: groupOf(state, snapshotId)?.id ?? '' } }
      },
      ...health.controller,
    },
    node: { ...node, ...health.node },
    groupController: createModelGroups(state),
    snapshotMetadata: createModelMetadata(state),
    capabilities: {
      plugin: mock.capabilities.plugin,
      controller: mock.capabilities.controller,
      node: mock.capabilities.node,
    },
  })
  return defect === undefined ? driver : seedDefect(driver, defect.seed(state))
}

/** A back end that is not empty and not well. */
export function firstState(): ModelState {
  const degraded: MockVolume = {
    id: 'volume-000000',
    name: 'degraded',
    capacityBytes: 1n << 20n,
    parameters: {},
    mutableParameters: {},
    context: { name: 'degraded' },
    contentSource: undefined,
    topology: undefined,
    attachments: new Map(),
    staged: new Map(),
    published: new Map(),
  }
  return { ...emptyState(), volumes: new Map([[degraded.id, degraded]]), groups: new Map() }
}
