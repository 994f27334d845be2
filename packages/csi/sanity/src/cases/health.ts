import { ControllerCapability, NodeCapability, type VolumeHealth } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { publish, stage } from '../place-volume.ts'
import { collectPages } from './volume-ids.ts'

const lists: Gate = { controller: [ControllerCapability.LIST_VOLUME_HEALTH] }
const noVolume = 'sanity-no-such-volume'

/** How volumes and their storage are. Specification 1.13: the RPCs of health, alpha. */
export const healthCases: readonly ConformanceCase[] = [
  {
    name: 'ControllerGetVolumeHealth: a new volume is described',
    gate: { controller: [ControllerCapability.GET_VOLUME_HEALTH, ControllerCapability.CREATE_DELETE_VOLUME] },
    async run(t) {
      const { volumeId } = await t.createVolume()
      const health = await getHealth(t, volumeId)
      checkEqual(health?.volumeId, volumeId, 'volume_id')
      checkEntries(health?.healthStatuses ?? [])
    },
  },
  {
    name: 'ControllerGetVolumeHealth: a volume that does not exist is NotFound',
    gate: { controller: [ControllerCapability.GET_VOLUME_HEALTH] },
    async run(t) {
      await checkRejects(getHealth(t, noVolume), Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'ControllerListVolumeHealth: only volumes that are not well are listed, each once',
    gate: lists,
    async run(t) {
      const listed = await listHealth(t)
      checkEqual(new Set(listed.map(({ volumeId }) => volumeId)).size, listed.length, 'the number of different ids')
      for (const { volumeId, healthStatuses } of listed) {
        check(healthStatuses.length > 0, `volume ${volumeId} is well and listed`)
        checkEntries(healthStatuses)
      }
    },
  },
  {
    name: 'ControllerListVolumeHealth: list and single answers agree',
    gate: {
      controller: [
        ControllerCapability.LIST_VOLUME_HEALTH,
        ControllerCapability.GET_VOLUME_HEALTH,
        ControllerCapability.CREATE_DELETE_VOLUME,
      ],
    },
    async run(t) {
      const { volumeId } = await t.createVolume()
      const listed = await listHealth(t)
      const isSick = ((await getHealth(t, volumeId))?.healthStatuses ?? []).length > 0
      checkEqual(
        listed.some((one) => one.volumeId === volumeId),
        isSick,
        'whether the new volume is listed',
      )
      for (const { volumeId: sick } of listed) {
        const statuses = (await getHealth(t, sick))?.healthStatuses ?? []
        check(statuses.length > 0, `volume ${sick} is listed, and well when asked for`)
      }
    },
  },
  {
    name: 'ControllerListVolumeHealth: a token that is none is Aborted, a negative max_entries refused',
    gate: lists,
    async run(t) {
      const secrets = t.secrets('ControllerListVolumeHealth')
      const list = (request: { startingToken?: string; maxEntries?: number }): Promise<unknown> =>
        t.driver.controller.controllerListVolumeHealth({ ...request, secrets }, t.call())
      await checkRejects(list({ startingToken: 'sanity-no-such-token' }), Code.Aborted, 'a token that is none')
      await checkRejects(list({ maxEntries: -1 }), Code.InvalidArgument, 'max_entries -1')
    },
  },
  {
    name: 'NodeGetVolumeHealth: a published volume is described',
    gate: { node: [NodeCapability.GET_VOLUME_HEALTH], needs: ['volumes on the node'] },
    async run(t) {
      const staged = await stage(t, await t.createVolume())
      const volumePublishPath = await publish(t, staged)
      const { volumeId } = staged.volume
      const request = { volumeId, volumePublishPath, stagingTargetPath: staged.stagingTargetPath }
      const { volumeHealth } = await t.driver.node.nodeGetVolumeHealth(request, t.call())
      checkEqual(volumeHealth?.volumeId, volumeId, 'volume_id')
      checkEntries(volumeHealth?.healthStatuses ?? [])
    },
  },
  {
    name: 'NodeGetVolumeHealth: a volume that is not on the node is NotFound',
    gate: { node: [NodeCapability.GET_VOLUME_HEALTH] },
    async run(t) {
      const request = { volumeId: noVolume, volumePublishPath: '/tmp/sanity-no-such-path' }
      const call = t.driver.node.nodeGetVolumeHealth(request, t.call())
      await checkRejects(call, Code.NotFound, 'a volume that is not on the node')
    },
  },
  {
    name: 'NodeGetStorageHealth: each entry has a reason',
    gate: { node: [NodeCapability.GET_STORAGE_HEALTH] },
    async run(t) {
      const secrets = t.secrets('NodeGetStorageHealth')
      const { backendHealth } = await t.driver.node.nodeGetStorageHealth({ secrets }, t.call())
      checkReasons(backendHealth)
    },
  },
]

async function getHealth(t: CaseContext, volumeId: string): Promise<VolumeHealth | undefined> {
  const request = { volumeId, secrets: t.secrets('ControllerGetVolumeHealth') }
  return (await t.driver.controller.controllerGetVolumeHealth(request, t.call())).volumeHealth
}

function listHealth(t: CaseContext): Promise<readonly VolumeHealth[]> {
  const secrets = t.secrets('ControllerListVolumeHealth')
  return collectPages((startingToken) =>
    t.driver.controller.controllerListVolumeHealth({ startingToken, secrets }, t.call()),
  )
}

/** A status that the suite does not know is allowed: callers ignore it. */
function checkEntries(entries: VolumeHealth['healthStatuses']): void {
  checkReasons(entries)
  const pairs = entries.map(({ status, reason }) => `${status} ${reason}`)
  checkEqual(new Set(pairs).size, pairs.length, 'the number of different pairs of status and reason')
}

function checkReasons(entries: readonly { readonly reason: string }[]): void {
  for (const { reason } of entries) {
    check(/^[A-Z][A-Za-z0-9]*$/.test(reason), `reason is ${JSON.stringify(reason)}, want one CamelCase word`)
  }
}
