import { ControllerCapability } from '@csi-ts/csi-proto'
import type { CaseContext } from '../case-context.ts'
import { check } from '../check.ts'

/** The ids of all volumes, in the order of the list; nothing from a driver without LIST_VOLUMES. */
export async function volumeIds(t: CaseContext): Promise<readonly string[]> {
  if (t.facts.controller?.has(ControllerCapability.LIST_VOLUMES) !== true) return []
  return await collectPages(async (startingToken) => {
    const { entries, nextToken } = await t.driver.controller.listVolumes({ startingToken }, t.call())
    return { entries: entries.map(({ volume }) => volume?.volumeId ?? ''), nextToken }
  })
}

/** The ids of all snapshots; nothing from a driver without LIST_SNAPSHOTS. */
export async function snapshotIds(t: CaseContext): Promise<readonly string[]> {
  if (t.facts.controller?.has(ControllerCapability.LIST_SNAPSHOTS) !== true) return []
  return await collectPages(async (startingToken) => {
    const request = { startingToken, secrets: t.secrets('ListSnapshots') }
    const { entries, nextToken } = await t.driver.controller.listSnapshots(request, t.call())
    return { entries: entries.map(({ snapshot }) => snapshot?.snapshotId ?? ''), nextToken }
  })
}

/** One page of a list. */
export interface ListPage<T> {
  readonly entries: readonly T[]
  readonly nextToken: string
}

const maxPages = 10_000

/** Every entry, page by page. @throws ConformanceError when a token comes back, which would never end */
export async function collectPages<T>(list: (startingToken: string) => Promise<ListPage<T>>): Promise<readonly T[]> {
  const entries: T[] = []
  const tokens = new Set<string>()
  let token = ''
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await list(token)
    entries.push(...page.entries)
    if (page.nextToken === '') return entries
    check(!tokens.has(page.nextToken), `next_token ${JSON.stringify(page.nextToken)} came twice in one list`)
    tokens.add(page.nextToken)
    token = page.nextToken
  }
  check(false, `the list has no end after ${maxPages} pages`)
}
