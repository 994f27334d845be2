import { ControllerCapability } from '@csi-ts/csi-proto'
import { Code, CsiError, toGoErrorText } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects, checkSettled } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { publish, stage } from '../place-volume.ts'
import { snapshotIds, volumeIds } from './volume-ids.ts'

const { CREATE_DELETE_VOLUME, LIST_VOLUMES, LIST_SNAPSHOTS, CREATE_DELETE_SNAPSHOT } = ControllerCapability
const gate: Gate = { controller: [CREATE_DELETE_VOLUME] }
const noVolume = 'sanity-no-such-volume'

/** Ids that no codec should choke on. */
const oddIds: Readonly<Record<string, string>> = {
  'of another kind': noVolume,
  'that is a path': '../../etc/passwd',
  'with an end of line and a NUL': 'a\nb\0c',
  'of 128 bytes': 'v'.repeat(128),
}

/** Deletion, checks, and what is said about single volumes. */
export const volumeLifeCases: readonly ConformanceCase[] = [
  ...Object.entries(oddIds).map(([what, volumeId]) => ({
    name: `DeleteVolume: an id ${what} is gone already`,
    gate,
    async run(t: CaseContext) {
      await deleteVolume(t, volumeId)
    },
  })),
  {
    name: 'DeleteVolume: what is deleted can be deleted again',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      await deleteVolume(t, volumeId)
      await deleteVolume(t, volumeId)
    },
  },
  {
    name: 'DeleteVolume: what is deleted is not there any more',
    gate: { controller: [CREATE_DELETE_VOLUME] },
    async run(t) {
      const { volumeId } = await t.createVolume()
      await deleteVolume(t, volumeId)
      await checkRejects(validate(t, volumeId), Code.NotFound, 'ValidateVolumeCapabilities of a deleted volume')
      check(!(await volumeIds(t)).includes(volumeId), 'ListVolumes lists a deleted volume')
    },
  },
  {
    name: 'DeleteVolume: calls at the same time delete the volume',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const calls = await Promise.allSettled([1, 2, 3].map(() => deleteVolumeOnce(t, volumeId)))
      checkSettled(calls, 'the volume is being deleted')
      await deleteVolume(t, volumeId)
    },
  },
  {
    name: 'DeleteVolume: a volume that is attached and published is kept',
    // A driver that does not attach may have no way to know, in its controller, what its nodes do.
    gate: {
      controller: [CREATE_DELETE_VOLUME, LIST_VOLUMES, ControllerCapability.PUBLISH_UNPUBLISH_VOLUME],
      needs: ['volumes on the node'],
    },
    async run(t) {
      const volume = await t.createVolume()
      await publish(t, await stage(t, volume))
      await checkRejects(
        deleteVolumeOnce(t, volume.volumeId),
        Code.FailedPrecondition,
        'DeleteVolume of a volume in use',
      )
      check((await volumeIds(t)).includes(volume.volumeId), 'the volume is not listed any more')
    },
  },
  {
    name: 'DeleteVolume: snapshots outlive their volume, or keep it',
    gate: { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, LIST_SNAPSHOTS] },
    async run(t) {
      const { volumeId } = await t.createVolume()
      const { snapshotId } = await t.createSnapshot(volumeId)
      await deleteVolume(t, volumeId).catch((error: unknown) => {
        const isKept = error instanceof CsiError && error.code === Code.FailedPrecondition
        check(isKept, `${toGoErrorText(error)}, want OK or FailedPrecondition`)
      })
      check((await snapshotIds(t)).includes(snapshotId), 'the snapshot is gone with its volume')
    },
  },
  {
    name: 'ValidateVolumeCapabilities: what is confirmed is what was asked',
    gate,
    async run(t) {
      const { volumeId, volumeContext } = await t.createVolume()
      const { confirmed } = await t.driver.controller.validateVolumeCapabilities(
        {
          volumeId,
          volumeContext,
          volumeCapabilities: [t.capability()],
          secrets: t.secrets('ValidateVolumeCapabilities'),
        },
        t.call(),
      )
      check(confirmed !== undefined, 'the capability that the volume was made with is not confirmed')
      checkEqual(confirmed.volumeCapabilities, [t.capability()], 'confirmed.volume_capabilities')
    },
  },
  {
    name: 'ValidateVolumeCapabilities: a volume that does not exist is NotFound',
    gate: { controller: [] },
    async run(t) {
      await checkRejects(validate(t, noVolume), Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'ControllerGetVolume: the volume is the one that was made',
    gate: { controller: [CREATE_DELETE_VOLUME, ControllerCapability.GET_VOLUME] },
    async run(t) {
      const made = await t.createVolume()
      const { volume, status } = await t.driver.controller.controllerGetVolume({ volumeId: made.volumeId }, t.call())
      checkEqual(volume?.volumeId, made.volumeId, 'volume_id')
      checkEqual(volume?.capacityBytes, made.capacityBytes, 'capacity_bytes')
      check(status !== undefined, 'status is required')
    },
  },
  {
    name: 'ControllerGetVolume: a volume that does not exist is NotFound',
    gate: { controller: [ControllerCapability.GET_VOLUME] },
    async run(t) {
      const call = t.driver.controller.controllerGetVolume({ volumeId: noVolume }, t.call())
      await checkRejects(call, Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'GetCapacity: a request without anything is answered',
    gate: { controller: [ControllerCapability.GET_CAPACITY] },
    async run(t) {
      const { availableCapacity } = await t.driver.controller.getCapacity({}, t.call())
      check(availableCapacity >= 0n, `available_capacity is ${availableCapacity}`)
    },
  },
  {
    name: 'GetCapacity: the largest volume is not smaller than the smallest',
    gate: { controller: [ControllerCapability.GET_CAPACITY] },
    async run(t) {
      const request = { volumeCapabilities: [t.capability()], parameters: t.options.parameters }
      const { availableCapacity, maximumVolumeSize, minimumVolumeSize } = await t.driver.controller.getCapacity(
        request,
        t.call(),
      )
      check(availableCapacity >= 0n, `available_capacity is ${availableCapacity}`)
      const isOrdered = (maximumVolumeSize ?? minimumVolumeSize ?? 0n) >= (minimumVolumeSize ?? 0n)
      check(isOrdered, `maximum_volume_size is ${maximumVolumeSize}, minimum_volume_size ${minimumVolumeSize}`)
    },
  },
]

function deleteVolumeOnce(t: CaseContext, volumeId: string): Promise<unknown> {
  return t.driver.controller.deleteVolume({ volumeId, secrets: t.secrets('DeleteVolume') }, t.call())
}

function deleteVolume(t: CaseContext, volumeId: string): Promise<unknown> {
  return t.repeat(() => deleteVolumeOnce(t, volumeId))
}

function validate(t: CaseContext, volumeId: string): Promise<unknown> {
  const request = {
    volumeId,
    volumeCapabilities: [t.capability()],
    secrets: t.secrets('ValidateVolumeCapabilities'),
  }
  return t.driver.controller.validateVolumeCapabilities(request, t.call())
}
