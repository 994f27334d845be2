import type { WorkContext } from '@csi-ts/telemetry'
import { MountConflictError, MountError, NotMountedError } from './mount-error.ts'
import type { MountEntry } from './mount-info.ts'
import { hasCode, removeMountTarget, resolveMountPath } from './mount-path.ts'
import type { Mounter } from './mounter.ts'

/** Options of {@link ensureUnmounted}. */
export interface EnsureUnmountedOptions {
  /** Whether a mount found at the target may be taken off. Default: every one. */
  readonly isOurs?: (entry: MountEntry) => boolean
  /** Stacked mounts that are taken off at most. Default 16. */
  readonly maxLayers?: number
  /** See `UnmountOptions.lazy`. */
  readonly lazy?: boolean
}

/**
 * Unmounts until the mount table shows nothing at the target: races and retries can stack mounts, and taking off one
 * of them would leave the volume in use. Nothing mounted, or no such path, is success.
 *
 * @returns how many mounts were taken off.
 * @throws MountConflictError when `isOurs` refuses a mount; those above it are gone by then.
 * @throws MountError when unmounting fails or more than `maxLayers` are there.
 */
export async function ensureUnmounted(
  mounter: Mounter,
  target: string,
  ctx: WorkContext,
  options: EnsureUnmountedOptions = {},
): Promise<number> {
  const { isOurs = () => true, maxLayers = 16, lazy } = options
  const path = await resolveExisting(target)
  if (path === undefined) return 0
  for (let removed = 0; removed < maxLayers; removed++) {
    const entry = await mounter.table.at(path)
    if (entry === undefined) return removed
    if (!isOurs(entry)) {
      throw new MountConflictError(`${path} is a mount of ${entry.root} of ${entry.fsType}, which is not ours`, entry)
    }
    try {
      await mounter.unmount(path, ctx, lazy === undefined ? {} : { lazy })
    } catch (error) {
      // Somebody else was faster: the next look at the table decides.
      if (!(error instanceof NotMountedError)) throw error
    }
  }
  if ((await mounter.table.at(path)) === undefined) return maxLayers
  throw new MountError(`${path} is still a mount point after ${maxLayers} unmounts`)
}

/**
 * {@link ensureUnmounted}, then removes the empty directory or the file that was mounted on, never recursively.
 *
 * @throws UnsafePathError when the directory has entries: it was not what this package made.
 */
export async function cleanupMountTarget(
  mounter: Mounter,
  target: string,
  ctx: WorkContext,
  options: EnsureUnmountedOptions = {},
): Promise<void> {
  await ensureUnmounted(mounter, target, ctx, options)
  const path = await resolveExisting(target)
  if (path !== undefined) await removeMountTarget(path)
}

async function resolveExisting(target: string): Promise<string | undefined> {
  try {
    return await resolveMountPath(target)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
