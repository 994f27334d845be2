import { ControllerCapability, type ListVolumesResponse_Entry } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { attach } from '../place-volume.ts'
import { collectPages, type ListPage, volumeIds } from './volume-ids.ts'

const gate: Gate = { controller: [ControllerCapability.LIST_VOLUMES] }
const withVolumes: Gate = {
  controller: [ControllerCapability.LIST_VOLUMES, ControllerCapability.CREATE_DELETE_VOLUME],
}

/** Lists of volumes and their pages. Specification: "ListVolumes". */
export const listVolumesCases: readonly ConformanceCase[] = [
  {
    name: 'ListVolumes: each entry is a volume with an id, and none comes twice',
    gate,
    async run(t) {
      const ids = await volumeIds(t)
      check(!ids.includes(''), 'an entry has no volume or no volume_id')
      checkEqual(new Set(ids).size, ids.length, 'the number of different ids')
    },
  },
  {
    name: 'ListVolumes: volumes come and go with CreateVolume and DeleteVolume',
    gate: withVolumes,
    async run(t) {
      const before = await volumeIds(t)
      const { volumeId } = await t.createVolume()
      checkEqual([...(await volumeIds(t))].toSorted(), [...before, volumeId].toSorted(), 'the ids after CreateVolume')
      await t.repeat(() => t.driver.controller.deleteVolume({ volumeId, secrets: t.secrets('DeleteVolume') }, t.call()))
      checkEqual([...(await volumeIds(t))].toSorted(), [...before].toSorted(), 'the ids after DeleteVolume')
    },
  },
  {
    name: 'ListVolumes: an entry says what CreateVolume said',
    gate: withVolumes,
    async run(t) {
      const made = await t.createVolume()
      const entry = (await entries(t)).find(({ volume }) => volume?.volumeId === made.volumeId)
      checkEqual(entry?.volume?.capacityBytes, made.capacityBytes, 'capacity_bytes')
      // An entry may leave it out; another one would reach NodePublishVolume of volumes that are imported from the list.
      const context = entry?.volume?.volumeContext ?? {}
      if (Object.keys(context).length > 0) checkEqual(context, made.volumeContext, 'volume_context')
    },
  },
  {
    name: 'ListVolumes: pages hold max_entries, and together everything once',
    gate: withVolumes,
    async run(t) {
      const made = await createThree(t)
      const all = await volumeIds(t)
      const paged = await collectPages(async (startingToken) => {
        const next = await page(t, startingToken, 2)
        check(next.entries.length <= 2, `a page has ${next.entries.length} entries, at most 2 were asked for`)
        const isUseful = next.entries.length > 0 || next.nextToken === ''
        check(isUseful, 'a page is empty and has a next_token')
        return next
      })
      checkEqual([...paged].toSorted(), [...all].toSorted(), 'the ids of all pages')
      check(
        made.every((id) => paged.includes(id)),
        'a new volume is in no page',
      )
    },
  },
  {
    name: 'ListVolumes: the last page has no next_token',
    gate: withVolumes,
    async run(t) {
      await t.createVolume()
      const count = (await volumeIds(t)).length
      const { entries: listed, nextToken } = await page(t, '', count)
      checkEqual(listed.length, count, 'the number of entries')
      checkEqual(nextToken, '', 'next_token')
    },
  },
  {
    name: 'ListVolumes: a token without max_entries gives all the rest',
    gate: withVolumes,
    async run(t) {
      await createThree(t)
      const count = (await volumeIds(t)).length
      const { nextToken } = await page(t, '', 1)
      check(nextToken !== '', 'a page of 1 of several volumes has no next_token')
      const rest = await collectPages((startingToken) => page(t, startingToken === '' ? nextToken : startingToken, 0))
      checkEqual(rest.length, count - 1, 'the number of entries after the first')
    },
  },
  {
    name: 'ListVolumes: what is there all the time is listed once, whatever comes and goes meanwhile',
    gate: withVolumes,
    async run(t) {
      const [first = '', second = '', third = ''] = await createThree(t)
      const mine = new Set([first, second, third])
      let isChanged = false
      let gone = ''
      const list = (): Promise<readonly string[]> =>
        collectPages(async (startingToken) => {
          const next = await page(t, startingToken, 1)
          const seen = next.entries.find((id) => mine.has(id))
          if (!isChanged && seen !== undefined) {
            isChanged = true
            gone = seen
            await t.repeat(() =>
              t.driver.controller.deleteVolume({ volumeId: seen, secrets: t.secrets('DeleteVolume') }, t.call()),
            )
            await t.createVolume()
          }
          return next
        })
      // A driver may say that a token does not hold any more after a change: the caller then begins again.
      const listed = await list().catch((error: unknown) => {
        if (!(error instanceof CsiError) || error.code !== Code.Aborted) throw error
        return list()
      })
      checkEqual(new Set(listed).size, listed.length, 'the number of different ids')
      const missing = [...mine].filter((id) => id !== gone && !listed.includes(id))
      checkEqual(missing, [], 'volumes that were there all the time and are in no page')
    },
  },
  {
    name: 'ListVolumes: a token that is none is Aborted',
    gate,
    async run(t) {
      const call = t.driver.controller.listVolumes({ startingToken: 'sanity-no-such-token' }, t.call())
      await checkRejects(call, Code.Aborted, 'a token that is none')
    },
  },
  {
    name: 'ListVolumes: a negative max_entries is refused',
    gate,
    async run(t) {
      const call = t.driver.controller.listVolumes({ maxEntries: -1 }, t.call())
      await checkRejects(call, Code.InvalidArgument, 'max_entries -1')
    },
  },
  {
    name: 'ListVolumes: a volume has the nodes that it is attached to',
    gate: {
      controller: [
        ControllerCapability.LIST_VOLUMES_PUBLISHED_NODES,
        ControllerCapability.PUBLISH_UNPUBLISH_VOLUME,
        ControllerCapability.CREATE_DELETE_VOLUME,
      ],
      node: [],
    },
    async run(t) {
      const volume = await t.createVolume()
      const nodes = async (): Promise<readonly string[] | undefined> =>
        (await entries(t)).find((one) => one.volume?.volumeId === volume.volumeId)?.status?.publishedNodeIds
      await attach(t, volume)
      checkEqual(await nodes(), [t.facts.nodeInfo?.nodeId], 'published_node_ids of an attached volume')
      await t.repeat(() =>
        t.driver.controller.controllerUnpublishVolume(
          { volumeId: volume.volumeId, nodeId: '', secrets: t.secrets('ControllerUnpublishVolume') },
          t.call(),
        ),
      )
      checkEqual(await nodes(), [], 'published_node_ids of a volume that is detached from all nodes')
    },
  },
]

async function createThree(t: CaseContext): Promise<readonly string[]> {
  const ids: string[] = []
  for (let count = 0; count < 3; count += 1) ids.push((await t.createVolume()).volumeId)
  return ids
}

async function page(t: CaseContext, startingToken: string, maxEntries: number): Promise<ListPage<string>> {
  const { entries: listed, nextToken } = await t.driver.controller.listVolumes({ startingToken, maxEntries }, t.call())
  return { entries: listed.map(({ volume }) => volume?.volumeId ?? ''), nextToken }
}

function entries(t: CaseContext): Promise<readonly ListVolumesResponse_Entry[]> {
  return collectPages((startingToken) => t.driver.controller.listVolumes({ startingToken }, t.call()))
}
