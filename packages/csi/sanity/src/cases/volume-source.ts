import { ControllerCapability } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { volumeSource } from './create-volume.ts'

const { CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT, CLONE_VOLUME } = ControllerCapability

/** The two kinds of sources, and how one of each is made. */
const sources = [
  {
    what: 'a snapshot',
    gate: { controller: [CREATE_DELETE_VOLUME, CREATE_DELETE_SNAPSHOT] },
    make: async (t: CaseContext) =>
      snapshotSource((await t.createSnapshot((await t.createVolume()).volumeId)).snapshotId),
    none: snapshotSource('sanity-no-such-snapshot'),
  },
  {
    what: 'a volume',
    gate: { controller: [CREATE_DELETE_VOLUME, CLONE_VOLUME] },
    make: async (t: CaseContext) => volumeSource((await t.createVolume()).volumeId),
    none: volumeSource('sanity-no-such-volume'),
  },
]

/** Volumes that begin with the data of something else. Specification: "CreateVolume", volume_content_source. */
export const volumeSourceCases: readonly ConformanceCase[] = sources.flatMap(({ what, gate, make, none }) => [
  {
    name: `CreateVolume from ${what}: the answer names the source`,
    gate,
    async run(t: CaseContext) {
      const volumeContentSource = await make(t)
      const { contentSource } = await t.createVolume({ volumeContentSource })
      checkEqual(contentSource, volumeContentSource, 'content_source')
    },
  },
  {
    name: `CreateVolume from ${what}: the same request gives the same volume`,
    gate,
    async run(t: CaseContext) {
      const change = { name: t.uniqueName('copy'), volumeContentSource: await make(t) }
      const first = await t.createVolume(change)
      checkEqual(await t.createVolume(change), first, 'the volume of the second call')
    },
  },
  {
    name: `CreateVolume from ${what}: a name that is taken by an empty volume is refused`,
    gate,
    async run(t: CaseContext) {
      const name = t.uniqueName('copy')
      const volumeContentSource = await make(t)
      await t.createVolume({ name, volumeContentSource })
      const call = t.tryCreateVolume({ name, volumeContentSource: undefined })
      await checkRejects(call, Code.AlreadyExists, 'the same name without a source')
    },
  },
  {
    name: `CreateVolume from ${what}: one that does not exist is NotFound`,
    gate,
    async run(t: CaseContext) {
      const call = t.tryCreateVolume({ volumeContentSource: none })
      await checkRejects(call, Code.NotFound, 'a source that does not exist')
    },
  },
  {
    name: `CreateVolume from ${what}: less than the source holds is refused`,
    gate,
    async run(t: CaseContext) {
      const bytes = t.options.volumeSizeBytes
      const volumeContentSource = await make(t)
      const half = { requiredBytes: bytes / 2n, limitBytes: bytes / 2n }
      const call = t.tryCreateVolume({ volumeContentSource, capacityRange: half })
      await checkRejects(call, [Code.OutOfRange, Code.InvalidArgument], 'half of the size of the source')
    },
  },
  {
    name: `CreateVolume from ${what}: more than the source holds is given or refused`,
    gate,
    async run(t: CaseContext) {
      const requiredBytes = t.options.expandSizeBytes
      const volumeContentSource = await make(t)
      const outcome = t.tryCreateVolume({ volumeContentSource, capacityRange: { requiredBytes } })
      const volume = await outcome.catch(() => undefined)
      if (volume === undefined) {
        await checkRejects(outcome, Code.OutOfRange, 'more than the source holds')
        return
      }
      const isEnough = volume.capacityBytes === 0n || volume.capacityBytes >= requiredBytes
      check(isEnough, `capacity_bytes is ${volume.capacityBytes}, want at least ${requiredBytes}`)
    },
  },
  {
    name: `CreateVolume from ${what}: the source can be used at once by many`,
    gate,
    async run(t: CaseContext) {
      const volumeContentSource = await make(t)
      const copies = await Promise.all([1, 2, 3].map(() => t.createVolume({ volumeContentSource })))
      checkEqual(new Set(copies.map(({ volumeId }) => volumeId)).size, 3, 'the number of copies')
    },
  },
])

function snapshotSource(snapshotId: string): {
  readonly type: { readonly $case: 'snapshot'; readonly value: { readonly snapshotId: string } }
} {
  return { type: { $case: 'snapshot', value: { snapshotId } } }
}
