import { ControllerCapability, GroupControllerCapability, NodeCapability, PluginService } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { inferCapabilities, type ServedMethods } from './capabilities.ts'
import type { ControllerHandlers, NodeHandlers } from './handlers.ts'

const answer = () => ({})
const node: NodeHandlers = { nodeGetInfo: answer, nodePublishVolume: answer, nodeUnpublishVolume: answer }
const controller = (...methods: (keyof ControllerHandlers)[]): ServedMethods => ({
  controller: Object.fromEntries(methods.map((method) => [method, answer])),
})

describe('inferCapabilities', () => {
  it.each([
    { capability: 'CREATE_DELETE_VOLUME', methods: ['createVolume', 'deleteVolume'] },
    { capability: 'PUBLISH_UNPUBLISH_VOLUME', methods: ['controllerPublishVolume', 'controllerUnpublishVolume'] },
    { capability: 'LIST_VOLUMES', methods: ['listVolumes'] },
    { capability: 'GET_CAPACITY', methods: ['getCapacity'] },
    { capability: 'CREATE_DELETE_SNAPSHOT', methods: ['createSnapshot', 'deleteSnapshot'] },
    { capability: 'LIST_SNAPSHOTS', methods: ['listSnapshots'] },
    { capability: 'EXPAND_VOLUME', methods: ['controllerExpandVolume'] },
    { capability: 'GET_VOLUME', methods: ['controllerGetVolume'] },
    { capability: 'MODIFY_VOLUME', methods: ['controllerModifyVolume'] },
    { capability: 'GET_SNAPSHOT', methods: ['getSnapshot'] },
    { capability: 'GET_VOLUME_HEALTH', methods: ['controllerGetVolumeHealth'] },
  ] as const)('advertises controller capability $capability for $methods', ({ capability, methods }) => {
    const inferred = inferCapabilities(controller(...methods))
    expect(inferred.controller).toEqual([ControllerCapability[capability]])
    expect(inferred.plugin).toEqual([PluginService.CONTROLLER_SERVICE])
  })

  it.each([
    { capability: 'STAGE_UNSTAGE_VOLUME', methods: { nodeStageVolume: answer, nodeUnstageVolume: answer } },
    { capability: 'GET_VOLUME_STATS', methods: { nodeGetVolumeStats: answer } },
    { capability: 'EXPAND_VOLUME', methods: { nodeExpandVolume: answer } },
    { capability: 'GET_VOLUME_HEALTH', methods: { nodeGetVolumeHealth: answer } },
    { capability: 'GET_STORAGE_HEALTH', methods: { nodeGetStorageHealth: answer } },
  ] as const)('advertises node capability $capability for its methods', ({ capability, methods }) => {
    const inferred = inferCapabilities({ node: { ...node, ...methods } })
    expect(inferred.node).toEqual([NodeCapability[capability]])
    expect(inferred.plugin).toEqual([])
  })

  it('advertises group snapshots and snapshot metadata by their services', () => {
    const groupController = {
      createVolumeGroupSnapshot: answer,
      deleteVolumeGroupSnapshot: answer,
      getVolumeGroupSnapshot: answer,
    }
    const inferred = inferCapabilities({ groupController, snapshotMetadata: {} })
    expect(inferred.groupController).toEqual([GroupControllerCapability.CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT])
    expect(inferred.plugin).toEqual([PluginService.GROUP_CONTROLLER_SERVICE, PluginService.SNAPSHOT_METADATA_SERVICE])
  })

  it('adds what is declared, in order and once', () => {
    const inferred = inferCapabilities(controller('createVolume', 'deleteVolume', 'listVolumes'), {
      controller: [ControllerCapability.CLONE_VOLUME, ControllerCapability.LIST_VOLUMES],
      plugin: [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS, PluginService.CONTROLLER_SERVICE],
    })
    expect(inferred.controller).toEqual([
      ControllerCapability.CREATE_DELETE_VOLUME,
      ControllerCapability.LIST_VOLUMES,
      ControllerCapability.CLONE_VOLUME,
    ])
    expect(inferred.plugin).toEqual([PluginService.CONTROLLER_SERVICE, PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS])
  })

  it('lets a node process declare the controller that runs elsewhere', () => {
    const inferred = inferCapabilities({ node }, { plugin: [PluginService.CONTROLLER_SERVICE] })
    expect(inferred.plugin).toEqual([PluginService.CONTROLLER_SERVICE])
  })

  it.each<{ what: string; served: ServedMethods; declared?: Parameters<typeof inferCapabilities>[1]; message: string }>(
    [
      {
        what: 'half of a pair',
        served: controller('createVolume'),
        message: 'controller capability CREATE_DELETE_VOLUME needs deleteVolume too',
      },
      {
        what: 'the other half',
        served: { node: { ...node, nodeUnstageVolume: answer } },
        message: 'node capability STAGE_UNSTAGE_VOLUME needs nodeStageVolume too',
      },
      {
        what: 'part of the group methods',
        served: { groupController: { createVolumeGroupSnapshot: answer } },
        message:
          'group controller capability CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT needs deleteVolumeGroupSnapshot too',
      },
      {
        what: 'a declared capability without its method',
        served: controller('listVolumes'),
        declared: { controller: [ControllerCapability.EXPAND_VOLUME] },
        message: 'controller capability EXPAND_VOLUME is declared, but there is no controllerExpandVolume',
      },
      {
        what: 'cloning without creating',
        served: controller('listVolumes'),
        declared: { controller: [ControllerCapability.CLONE_VOLUME] },
        message: 'controller capability CLONE_VOLUME is declared, but there is no createVolume',
      },
      {
        what: 'a controller capability without a controller',
        served: { node },
        declared: { controller: [ControllerCapability.SINGLE_NODE_MULTI_WRITER] },
        message: 'controller capability SINGLE_NODE_MULTI_WRITER is declared without a controller service',
      },
      { what: 'UNKNOWN', served: { node }, declared: { node: [0] }, message: 'node capability 0 does not exist' },
      {
        what: 'UNKNOWN of the plugin',
        served: { node },
        declared: { plugin: [0] },
        message: 'plugin capability 0 does not exist',
      },
      {
        what: 'a number of another enum',
        served: controller(),
        declared: { controller: [99] },
        message: 'controller capability 99 does not exist',
      },
      {
        what: 'a node that cannot publish',
        served: { node: { nodeGetInfo: answer } },
        message: 'a node service needs nodePublishVolume',
      },
      {
        what: 'listing health without getting it',
        served: controller('controllerListVolumeHealth'),
        message: 'controller capability LIST_VOLUME_HEALTH needs controllerGetVolumeHealth too',
      },
      {
        what: 'single node multi writer on one side',
        served: { node, ...controller('listVolumes') },
        declared: { node: [NodeCapability.SINGLE_NODE_MULTI_WRITER] },
        message: 'capability SINGLE_NODE_MULTI_WRITER must be declared for controller and node, or for neither',
      },
      {
        what: 'expansion without a way to expand',
        served: { node },
        declared: { expansion: 'online' },
        message: 'volume expansion is declared, but there is neither controllerExpandVolume nor nodeExpandVolume',
      },
    ],
  )('refuses $what (must get right 10)', ({ served, declared, message }) => {
    expect(() => inferCapabilities(served, declared)).toThrow(new Error(message))
  })
})
