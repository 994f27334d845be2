import { randomUUID } from 'node:crypto'
import {
  AccessMode,
  ControllerCapability,
  type DeepPartial,
  PluginService,
  type VolumeCapability,
} from '@csi-ts/csi-proto'
import { Code, codeName, toGoErrorText } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects, checkSettled, toCsiError } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { checkMapSize } from './identity.ts'
import { volumeIds } from './volume-ids.ts'

const gate: Gate = { controller: [ControllerCapability.CREATE_DELETE_VOLUME] }
const unsatisfiable = [Code.OutOfRange, Code.ResourceExhausted, Code.InvalidArgument]

/** How volumes come to be. Specification: "CreateVolume". */
export const createVolumeCases: readonly ConformanceCase[] = [
  {
    name: 'CreateVolume: a volume has an id and the size asked for',
    gate,
    async run(t) {
      const { volumeId, capacityBytes, volumeContext } = await t.createVolume()
      check(Buffer.byteLength(volumeId) <= 128, `volume_id has ${Buffer.byteLength(volumeId)} bytes, at most 128`)
      checkMapSize('volume_context', volumeContext)
      const isEnough = capacityBytes === 0n || capacityBytes >= t.options.volumeSizeBytes
      check(isEnough, `capacity_bytes is ${capacityBytes}, want at least ${t.options.volumeSizeBytes} (or 0: unknown)`)
    },
  },
  {
    name: 'CreateVolume: a volume without a capacity range has the size that the driver chooses',
    gate,
    async run(t) {
      const { capacityBytes } = await t.createVolume({ capacityRange: undefined })
      check(capacityBytes >= 0n, `capacity_bytes is ${capacityBytes}`)
    },
  },
  {
    name: 'CreateVolume: the size lies within the range',
    gate,
    async run(t) {
      const bytes = t.options.volumeSizeBytes
      const { capacityBytes } = await t.createVolume({ capacityRange: { requiredBytes: bytes, limitBytes: bytes } })
      check(capacityBytes === 0n || capacityBytes === bytes, `capacity_bytes is ${capacityBytes}, want ${bytes}`)
    },
  },
  ...[
    { what: 'required_bytes above limit_bytes', range: { requiredBytes: 2n << 30n, limitBytes: 1n << 30n } },
    { what: 'negative required_bytes', range: { requiredBytes: -1n, limitBytes: 0n } },
    { what: 'negative limit_bytes', range: { requiredBytes: 0n, limitBytes: -1n } },
  ].map(({ what, range }) => ({
    name: `CreateVolume: a range with ${what} is refused`,
    gate,
    async run(t: CaseContext) {
      const call = t.tryCreateVolume({ capacityRange: range })
      // A driver may see that there can be no such volume before it sees that there can be no such range.
      await checkRejects(call, [Code.InvalidArgument, Code.OutOfRange], `CreateVolume with ${what}`)
    },
  })),
  ...[
    { what: 'access mode', change: { accessMode: undefined } },
    { what: 'access type', change: { accessType: undefined } },
  ].map(({ what, change }) => ({
    name: `CreateVolume: a capability without ${what} is refused`,
    gate,
    async run(t: CaseContext) {
      const incomplete: DeepPartial<VolumeCapability> = { ...t.capability(), ...change }
      const call = t.tryCreateVolume({ volumeCapabilities: [incomplete] })
      await checkRejects(call, Code.InvalidArgument, `CreateVolume with a capability without ${what}`)
    },
  })),
  {
    name: 'CreateVolume: sizes are 64-bit numbers',
    gate,
    async run(t) {
      const requiredBytes = (1n << 53n) + 1n
      const outcome = await t.tryCreateVolume({ capacityRange: { requiredBytes } }).then(
        ({ capacityBytes }) => capacityBytes,
        (error: unknown) => toCsiError(error),
      )
      if (typeof outcome === 'bigint') {
        const isEnough = outcome === 0n || outcome >= requiredBytes
        check(isEnough, `capacity_bytes is ${outcome}, want at least ${requiredBytes}`)
      } else {
        const isRight = unsatisfiable.some((code) => code === outcome.code)
        check(isRight, `${toGoErrorText(outcome)}, want ${unsatisfiable.map(codeName).join(' or ')}`)
      }
    },
  },
  {
    name: 'CreateVolume: the same request gives the same volume, byte for byte',
    gate,
    async run(t) {
      const change = { name: t.uniqueName() }
      const first = await t.createVolume(change)
      checkEqual(await t.createVolume(change), first, 'the volume of the second call')
    },
  },
  {
    name: 'CreateVolume: a name that is taken by a volume of another size is refused',
    gate,
    async run(t) {
      const bytes = t.options.volumeSizeBytes
      const name = t.uniqueName()
      await t.createVolume({ name, capacityRange: { requiredBytes: bytes, limitBytes: bytes } })
      const other = { requiredBytes: 2n * bytes, limitBytes: 2n * bytes }
      const call = t.tryCreateVolume({ name, capacityRange: other })
      await checkRejects(call, Code.AlreadyExists, 'the same name with twice the size')
    },
  },
  {
    name: 'CreateVolume: a name that is taken by a volume with other parameters is refused',
    gate: { ...gate, needs: ['parameters'] },
    async run(t) {
      const name = t.uniqueName()
      await t.createVolume({ name })
      const call = t.tryCreateVolume({ name, parameters: {} })
      // Without its parameters the request may be wrong in itself.
      await checkRejects(call, [Code.AlreadyExists, Code.InvalidArgument], 'the same name without parameters')
    },
  },
  {
    name: 'CreateVolume: a name that is taken by a volume of another source is refused',
    gate: { controller: [ControllerCapability.CREATE_DELETE_VOLUME, ControllerCapability.CLONE_VOLUME] },
    async run(t) {
      const source = await t.createVolume()
      const name = t.uniqueName()
      await t.createVolume({ name })
      const call = t.tryCreateVolume({ name, volumeContentSource: volumeSource(source.volumeId) })
      await checkRejects(call, Code.AlreadyExists, 'the same name with a source')
    },
  },
  ...[
    { what: 'of 128 bytes', name: (id: string) => id.padEnd(128, 'x') },
    { what: 'of 128 bytes in a script of three bytes a letter', name: (id: string) => `${id}${'名'.repeat(30)}` },
    { what: 'with spaces, slashes, dots and quotes', name: (id: string) => `../${id} "'\`$()*?/%2e.` },
  ].map(({ what, name }) => ({
    name: `CreateVolume: a name ${what} is a name`,
    gate,
    async run(t: CaseContext) {
      const change = { name: name(t.uniqueName()) }
      const first = await t.createVolume(change)
      const second = await t.createVolume(change)
      checkEqual(second.volumeId, first.volumeId, 'volume_id of the second call')
    },
  })),
  {
    name: 'CreateVolume: names that differ in their last letter only are two volumes',
    gate,
    async run(t) {
      const long = t.uniqueName().padEnd(127, 'x')
      const first = await t.createVolume({ name: `${long}a` })
      const second = await t.createVolume({ name: `${long}b` })
      check(first.volumeId !== second.volumeId, `both are volume ${first.volumeId}`)
    },
  },
  {
    name: 'CreateVolume: calls at the same time with the same name make one volume',
    gate,
    async run(t) {
      const change = { name: t.uniqueName() }
      const calls = await Promise.allSettled(Array.from({ length: 4 }, () => t.tryCreateVolume(change)))
      const volume = await t.createVolume(change)
      const made = checkSettled(calls, 'the volume is being made').map((one) => one.volumeId)
      checkEqual([...new Set([...made, volume.volumeId])], [volume.volumeId], 'the ids of the volumes')
    },
  },
  {
    name: 'CreateVolume: a call that its caller gave up is taken up again by the next one',
    gate,
    async run(t) {
      for (const afterMs of [1, 10, 100]) {
        const change = { name: t.uniqueName() }
        const known = await volumeIds(t)
        const call = { ...t.call(), timeoutMs: afterMs }
        // Whether it was in time is of no interest: the volume may or may not be there.
        await t.tryCreateVolume(change, call).catch(toCsiError)
        const first = await t.createVolume(change)
        checkEqual((await t.createVolume(change)).volumeId, first.volumeId, 'volume_id of the second call')
        const added = (await volumeIds(t)).filter((id) => !known.includes(id))
        check(added.length <= 1, `one name made the volumes ${added.join(', ')}`)
      }
    },
  },
  {
    name: 'CreateVolume: SINGLE_NODE_WRITER is understood, whatever else is',
    gate: {
      controller: [ControllerCapability.CREATE_DELETE_VOLUME, ControllerCapability.SINGLE_NODE_MULTI_WRITER],
    },
    async run(t) {
      for (const mode of [
        AccessMode.SINGLE_NODE_WRITER,
        AccessMode.SINGLE_NODE_SINGLE_WRITER,
        AccessMode.SINGLE_NODE_MULTI_WRITER,
      ]) {
        await t.createVolume({ volumeCapabilities: [t.capability(mode)] })
      }
    },
  },
  {
    name: 'CreateVolume: secrets and the inside of the driver are in no message',
    gate,
    async run(t) {
      const secret = `sanity-secret-${randomUUID()}`
      const secrets = { ...t.secrets('CreateVolume'), sanityUnusedKey: secret }
      const wrong = [
        { secrets, volumeCapabilities: [] },
        { secrets, capacityRange: { requiredBytes: 2n, limitBytes: 1n } },
        { secrets, name: '' },
      ]
      const all = [secret, ...Object.values(t.secrets('CreateVolume'))]
      for (const change of wrong) {
        const codes = [Code.InvalidArgument, Code.OutOfRange]
        const { message } = await checkRejects(t.tryCreateVolume(change), codes, 'a wrong CreateVolume')
        check(!all.some((one) => one.length > 3 && message.includes(one)), 'a secret is in the message of an error')
      }
    },
  },
  {
    name: 'CreateVolume: a place that is required is where the volume is',
    gate: {
      ...gate,
      plugin: [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS],
      needs: ['node topology'],
    },
    async run(t) {
      const here = t.facts.nodeInfo?.accessibleTopology
      const { accessibleTopology } = await t.createVolume({
        accessibilityRequirements: { requisite: here === undefined ? [] : [here], preferred: [] },
      })
      const isHere = accessibleTopology.some(({ segments }) =>
        Object.entries(segments).every(([key, value]) => here?.segments[key] === value),
      )
      check(isHere, `accessible_topology is ${JSON.stringify(accessibleTopology)}, want ${JSON.stringify(here)} in it`)
    },
  },
  {
    name: 'CreateVolume: a place that does not exist is refused',
    gate: {
      ...gate,
      plugin: [PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS],
      needs: ['node topology'],
    },
    async run(t) {
      const keys = Object.keys(t.facts.nodeInfo?.accessibleTopology?.segments ?? {})
      const segments = Object.fromEntries(keys.map((key) => [key, 'sanity-no-such-place']))
      const call = t.tryCreateVolume({ accessibilityRequirements: { requisite: [{ segments }], preferred: [] } })
      await checkRejects(call, [Code.ResourceExhausted, Code.InvalidArgument], 'a place that does not exist')
    },
  },
]

/** The content source of a clone. */
export function volumeSource(volumeId: string): {
  readonly type: { readonly $case: 'volume'; readonly value: { readonly volumeId: string } }
} {
  return { type: { $case: 'volume', value: { volumeId } } }
}
