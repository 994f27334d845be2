import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong in lists and pages. */
export const listDefects: readonly Defect[] = [
  {
    id: 'list-bad-token-ok',
    fault: 'ListVolumes starts again from the first page for a token that it never gave out',
    rule: 'a bad starting_token is Aborted',
    foundBy: 'ListVolumes: a token that is none is Aborted',
    seed: () => ({
      controller: {
        listVolumes: (r, next) => next(r.startingToken.startsWith('>') ? r : { ...r, startingToken: '' }),
      },
    }),
  },
  {
    id: 'list-max-ignored',
    fault: 'ListVolumes ignores max_entries',
    rule: 'a page has at most max_entries entries',
    foundBy: 'ListVolumes: pages hold max_entries, and together everything once',
    seed: () => ({ controller: { listVolumes: (r, next) => next(r.maxEntries > 0 ? { ...r, maxEntries: 0 } : r) } }),
  },
  {
    id: 'list-max-is-end',
    fault: 'ListVolumes takes max_entries for the index of the last entry: the second page is empty',
    rule: 'max_entries is the size of a page',
    foundBy: 'ListVolumes: pages hold max_entries, and together everything once',
    seed: () => ({
      controller: {
        listVolumes: async (r, next) => (r.startingToken !== '' && r.maxEntries > 0 ? { entries: [] } : await next(r)),
      },
    }),
  },
  {
    id: 'list-token-is-index',
    fault: 'the token of ListVolumes is an index: a deletion between two pages hides a volume',
    rule: 'a volume that exists all the time is listed',
    foundBy: 'ListVolumes: what is there all the time is listed once, whatever comes and goes meanwhile',
    seed: () => ({
      controller: {
        listVolumes: async (r, next) => {
          if (r.maxEntries < 0 || (r.startingToken !== '' && !r.startingToken.startsWith('>'))) return await next(r)
          const all = (await next({ ...r, startingToken: '', maxEntries: 0 })).entries ?? []
          const from = Number(r.startingToken.slice(1))
          const until = r.maxEntries === 0 ? all.length : from + r.maxEntries
          return { entries: all.slice(from, until), nextToken: until < all.length ? `>${until}` : '' }
        },
      },
    }),
  },
  {
    id: 'list-token-on-last-page',
    fault: 'ListVolumes gives a token with the last page, and an empty page for that token',
    rule: 'next_token is empty when nothing remains',
    foundBy: 'ListVolumes: the last page has no next_token',
    seed: () => ({
      controller: {
        listVolumes: async (r, next) => {
          const page = await next(r)
          const last = page.entries?.at(-1)?.volume?.volumeId
          return { ...page, nextToken: last === undefined ? '' : `>${last}` }
        },
      },
    }),
  },
  {
    id: 'list-max-negative-ok',
    fault: 'ListVolumes takes a negative max_entries for "no limit"',
    rule: 'a negative max_entries is InvalidArgument',
    foundBy: 'ListVolumes: a negative max_entries is refused',
    seed: () => ({
      controller: { listVolumes: (r, next) => next({ ...r, maxEntries: Math.max(r.maxEntries, 0) }) },
    }),
  },
  {
    id: 'list-published-nodes-empty',
    fault: 'ListVolumes leaves published_node_ids empty',
    rule: 'LIST_VOLUMES_PUBLISHED_NODES promises the nodes of every volume: the attacher detaches by them',
    foundBy: 'ListVolumes: a volume has the nodes that it is attached to',
    seed: () => ({
      controller: {
        listVolumes: async (r, next) => {
          const { entries = [], nextToken = '' } = await next(r)
          return { entries: entries.map(({ volume }) => ({ volume, status: { publishedNodeIds: [] } })), nextToken }
        },
      },
    }),
  },
  {
    id: 'list-context-missing',
    fault: 'ListVolumes gives another volume_context than CreateVolume did',
    rule: 'volume_context does not change during the life of a volume',
    foundBy: 'ListVolumes: an entry says what CreateVolume said',
    seed: () => ({
      controller: {
        listVolumes: async (r, next) => {
          const page = await next(r)
          const entries = (page.entries ?? []).map((entry) => ({
            ...entry,
            volume: { ...entry.volume, volumeContext: { listed: 'true' } },
          }))
          return { ...page, entries }
        },
      },
    }),
  },
  {
    id: 'snapshots-filter-ignored',
    fault: 'ListSnapshots ignores snapshot_id',
    rule: 'only the snapshot with that id is listed',
    foundBy: 'ListSnapshots: filters by id and by volume hold, alone and together',
    seed: () => ({ controller: { listSnapshots: (r, next) => next({ ...r, snapshotId: '' }) } }),
  },
  {
    id: 'snapshots-filters-not-joined',
    fault: 'ListSnapshots looks at source_volume_id only when snapshot_id is empty',
    rule: 'both filters hold at once',
    foundBy: 'ListSnapshots: filters by id and by volume hold, alone and together',
    seed: () => ({
      controller: {
        listSnapshots: (r, next) => next(r.snapshotId === '' ? r : { ...r, sourceVolumeId: '' }),
      },
    }),
  },
  {
    id: 'snapshots-unknown-not-found',
    fault: 'ListSnapshots answers NotFound for an id that does not exist',
    rule: 'a list of nothing is an empty list',
    foundBy: 'ListSnapshots: filters that nothing fits give an empty list',
    seed: (state) => ({
      controller: {
        listSnapshots: async (r, next) => {
          if (r.snapshotId !== '' && !state.snapshots.has(r.snapshotId)) {
            throw new CsiError(Code.NotFound, 'no such snapshot')
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'snapshots-page-repeats',
    fault: 'the second page of ListSnapshots begins with the last entry of the first',
    rule: 'no entry is listed twice',
    foundBy: 'ListSnapshots: pages hold max_entries, and together everything once',
    seed: () => {
      let last: object | undefined
      return {
        controller: {
          listSnapshots: async (r, next) => {
            const page = await next(r)
            const entries = page.entries ?? []
            const repeated = r.startingToken.startsWith('>') && last !== undefined ? [last] : []
            last = entries.at(-1)
            return { ...page, entries: [...repeated, ...entries] }
          },
        },
      }
    },
  },
]
