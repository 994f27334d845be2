import { ControllerCapability, type DeepPartial, type Volume } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects, checkSettled } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { collectPages } from './volume-ids.ts'

const { CREATE_DELETE_VOLUME, EXPAND_VOLUME, MODIFY_VOLUME } = ControllerCapability
const gate: Gate = { controller: [CREATE_DELETE_VOLUME, EXPAND_VOLUME] }
const noVolume = 'sanity-no-such-volume'
const modifyGate: Gate = { controller: [CREATE_DELETE_VOLUME, MODIFY_VOLUME], needs: ['mutable parameters'] }
/** No driver knows a parameter of this name. */
const badParameters: Readonly<Record<string, string>> = { XXX_SanityNoSuchKey: 'value' }

/** Growth and change. Specification: "ControllerExpandVolume" and "ControllerModifyVolume". */
export const expandAndModifyCases: readonly ConformanceCase[] = [
  {
    name: 'ControllerExpandVolume: the volume has at least what is asked for, and no more than the limit',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const requiredBytes = t.options.expandSizeBytes
      const capacityBytes = await expand(t, volumeId, { requiredBytes, limitBytes: requiredBytes })
      checkEqual(capacityBytes, requiredBytes, 'capacity_bytes')
    },
  },
  {
    name: 'ControllerExpandVolume: the new size is what is told from then on',
    gate: { controller: [CREATE_DELETE_VOLUME, EXPAND_VOLUME, ControllerCapability.LIST_VOLUMES] },
    async run(t) {
      const { volumeId } = await t.createVolume()
      const capacityBytes = await expand(t, volumeId, { requiredBytes: t.options.expandSizeBytes })
      checkEqual((await listed(t, volumeId))?.capacityBytes, capacityBytes, 'capacity_bytes in ListVolumes')
    },
  },
  {
    name: 'ControllerExpandVolume: repeated, it gives the same size',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const range = { requiredBytes: t.options.expandSizeBytes }
      checkEqual(await expand(t, volumeId, range), await expand(t, volumeId, range), 'capacity_bytes')
    },
  },
  {
    name: 'ControllerExpandVolume: a volume that is large enough keeps its size',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const capacityBytes = await expand(t, volumeId, { requiredBytes: t.options.expandSizeBytes })
      const again = await expand(t, volumeId, { requiredBytes: t.options.volumeSizeBytes })
      checkEqual(again, capacityBytes, 'capacity_bytes after less was asked for')
    },
  },
  {
    name: 'ControllerExpandVolume: a volume that does not exist is NotFound',
    gate: { controller: [EXPAND_VOLUME] },
    async run(t) {
      const call = expandOnce(t, noVolume, { requiredBytes: t.options.expandSizeBytes })
      await checkRejects(call, Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'ControllerExpandVolume: a range that is upside down is refused',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const requiredBytes = t.options.expandSizeBytes
      const call = expandOnce(t, volumeId, { requiredBytes, limitBytes: requiredBytes - 1n })
      await checkRejects(call, [Code.InvalidArgument, Code.OutOfRange], 'required_bytes above limit_bytes')
    },
  },
  {
    name: 'ControllerExpandVolume: calls at the same time end with the size asked for',
    gate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      const range = { requiredBytes: t.options.expandSizeBytes }
      const calls = await Promise.allSettled([1, 2, 3].map(() => expandOnce(t, volumeId, range)))
      checkSettled(calls, 'the volume is growing')
      const capacityBytes = await expand(t, volumeId, range)
      check(capacityBytes >= range.requiredBytes, `capacity_bytes is ${capacityBytes}`)
    },
  },
  {
    name: 'CreateVolume: mutable parameters are accepted',
    gate: modifyGate,
    async run(t) {
      const change = { name: t.uniqueName(), mutableParameters: t.options.mutableParameters }
      const { volumeId } = await t.createVolume(change)
      checkEqual((await t.createVolume(change)).volumeId, volumeId, 'volume_id of the second call')
    },
  },
  {
    name: 'CreateVolume: a mutable parameter that does not exist is refused',
    gate: modifyGate,
    async run(t) {
      const call = t.tryCreateVolume({ mutableParameters: badParameters })
      await checkRejects(call, Code.InvalidArgument, 'a mutable parameter that does not exist')
    },
  },
  {
    name: 'ControllerModifyVolume: what is applied can be applied again',
    gate: modifyGate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      for (let count = 0; count < t.options.repetitions; count += 1) {
        await modify(t, volumeId, t.options.mutableParameters)
      }
    },
  },
  {
    name: 'ControllerModifyVolume: a volume made with mutable parameters can be modified',
    gate: modifyGate,
    async run(t) {
      const { volumeId } = await t.createVolume({ mutableParameters: t.options.mutableParameters })
      await modify(t, volumeId, t.options.mutableParameters)
    },
  },
  {
    name: 'ControllerModifyVolume: a parameter that does not exist is refused, also among right ones',
    gate: modifyGate,
    async run(t) {
      const { volumeId } = await t.createVolume()
      for (const parameters of [badParameters, { ...t.options.mutableParameters, ...badParameters }]) {
        const call = modify(t, volumeId, parameters)
        await checkRejects(call, Code.InvalidArgument, 'a mutable parameter that does not exist')
      }
      await modify(t, volumeId, t.options.mutableParameters)
    },
  },
  {
    name: 'ControllerModifyVolume: a volume that does not exist is NotFound',
    gate: { controller: [MODIFY_VOLUME], needs: ['mutable parameters'] },
    async run(t) {
      const call = modify(t, noVolume, t.options.mutableParameters)
      await checkRejects(call, Code.NotFound, 'a volume that does not exist')
    },
  },
]

interface Range {
  readonly requiredBytes: bigint
  readonly limitBytes?: bigint
}

async function expandOnce(t: CaseContext, volumeId: string, capacityRange: Range): Promise<bigint> {
  const request = {
    volumeId,
    capacityRange,
    volumeCapability: t.capability(),
    secrets: t.secrets('ControllerExpandVolume'),
  }
  return (await t.driver.controller.controllerExpandVolume(request, t.call())).capacityBytes
}

function expand(t: CaseContext, volumeId: string, capacityRange: Range): Promise<bigint> {
  return t.repeat(() => expandOnce(t, volumeId, capacityRange))
}

async function modify(
  t: CaseContext,
  volumeId: string,
  mutableParameters: Readonly<Record<string, string>>,
): Promise<void> {
  const request = { volumeId, mutableParameters, secrets: t.secrets('ControllerModifyVolume') }
  await t.repeat(() => t.driver.controller.controllerModifyVolume(request, t.call()))
}

async function listed(t: CaseContext, volumeId: string): Promise<DeepPartial<Volume> | undefined> {
  const entries = await collectPages((startingToken) => t.driver.controller.listVolumes({ startingToken }, t.call()))
  return entries.find(({ volume }) => volume?.volumeId === volumeId)?.volume
}
