import { isMountFrom, resolveMountPath } from '@csi-ts/mount'
import type { WorkContext } from '@csi-ts/telemetry'
import { type HostpathState, removeVolume } from './volumes.ts'

/**
 * Makes records, directories and mounts agree after a stop at any point; run before the first call is served.
 *
 * - A volume still `creating` was never answered for: nobody knows its id, so it is taken back.
 * - A volume still `deleting` is deleted to the end, unless something is mounted in it; then the next DeleteVolume does it.
 * - A volume that is `ready` without its directory has lost its data: said once, kept, never made anew empty.
 * - A target without its mount was about to be published, or was just unpublished: the mount table is right.
 *
 * Directories without a record cannot come from here and are never touched: they may be somebody's data.
 */
export async function recover(state: HostpathState, ctx: WorkContext): Promise<void> {
  const { store, directories, nodeRecords } = state
  for (const volume of store.list().filter(({ phase }) => phase !== 'ready')) {
    try {
      await removeVolume(state, volume, ctx)
      ctx.log.info('finished what a stop interrupted: removed volume', { volume: volume.id, phase: volume.phase })
    } catch (error) {
      ctx.log.error('cannot remove a volume that a stop interrupted', error, { volume: volume.id, phase: volume.phase })
    }
  }
  for (const { id, phase } of store.list()) {
    if (phase === 'ready' && !(await directories.exists(id))) {
      ctx.log.error('the data of a volume is missing', undefined, { volume: id, path: directories.pathOf(id) })
    }
  }
  for (const id of nodeRecords.ids()) {
    const use = nodeRecords.get(id)
    const place = await directories.locate(id)
    const mounted = await Promise.all(
      use.published.map(async ({ target }) => {
        const entry = await state.mounter.table.at(await resolveMountPath(target).catch(() => target))
        return entry !== undefined && isMountFrom(entry, place)
      }),
    )
    const published = use.published.filter((_, index) => mounted[index])
    if (published.length !== use.published.length) await nodeRecords.shrink(id, { ...use, published })
  }
}
