import { realpath } from 'node:fs/promises'
import type { WorkContext } from '@csi-ts/telemetry'
import { MountConflictError, MountError } from './mount-error.ts'
import type { MountEntry } from './mount-info.ts'
import { hasBindOptions, parseBindOptions, planRemountOptions } from './mount-options.ts'
import { resolveMountPath } from './mount-path.ts'
import { isMountOf } from './mount-table.ts'
import type { Mounter } from './mounter.ts'

/** What {@link ensureBindMount} makes true. */
export interface BindMountRequest {
  /** Existing directory or file on a live file system: symlinks in it are resolved. */
  readonly source: string
  /** Existing directory or file of the same kind. */
  readonly target: string
  readonly readonly: boolean
  /** Further per-mount options such as `nosuid`; what only a file system can have is ignored (see `parseBindOptions`). */
  readonly options?: readonly string[]
}

/** What had to be done: nothing, everything, or only the options of a mount that a crash left half made. */
export type BindMountOutcome = 'unchanged' | 'mounted' | 'repaired'

/**
 * Makes sure that `source` is bind-mounted at `target` with the options asked for, whatever was there before.
 *
 * A bind mount and its options are two steps for the kernel. A crash between them leaves a writable mount where a
 * read-only one was asked for, so an existing mount is never taken for done before its options have been compared, and
 * the result of the second step is read back from the mount table.
 *
 * @throws MountConflictError when something else is mounted at the target, or this source read-only while writable is asked.
 * @throws MountError when mounting fails; a mount made in this call has been taken off again.
 */
export async function ensureBindMount(
  mounter: Mounter,
  request: BindMountRequest,
  ctx: WorkContext,
): Promise<BindMountOutcome> {
  const source = await realpath(request.source)
  const target = await resolveMountPath(request.target)
  const { flags } = parseBindOptions(request.options ?? [])
  const wanted = request.readonly ? [...flags.filter((flag) => flag !== 'rw'), 'ro'] : flags

  const origin = await mounter.table.locate(source)
  // A bind mount out of a read-only mount is read-only without being asked.
  const holder = await mounter.table.holding(source)
  const existing = await mounter.table.at(target)
  if (existing !== undefined) {
    if (!isMountOf(existing, origin)) {
      throw new MountConflictError(`${target} is already a mount of ${describe(existing)}, not of ${source}`, existing)
    }
    if (!wanted.includes('ro') && isReadOnly(existing) && !isReadOnly(holder)) {
      throw new MountConflictError(`${source} is already mounted read-only at ${target}`, existing)
    }
    if (isAsWanted(existing, wanted)) return 'unchanged'
    await remount(mounter, source, target, existing, wanted, ctx)
    return 'repaired'
  }

  await mounter.mount({ source, target, options: ['bind'] }, ctx)
  try {
    const made = await mounter.table.at(target)
    if (made === undefined || !isMountOf(made, origin)) {
      throw new MountError(`${source} was mounted at ${target}, but the mount table does not show it there`)
    }
    if (!isAsWanted(made, wanted)) await remount(mounter, source, target, made, wanted, ctx)
  } catch (error) {
    // Better no mount than a writable one. Should this fail too, the next call repairs what is left.
    await mounter.unmount(target, ctx).catch((undo: unknown) => {
      ctx.log.error('cannot take off a bind mount whose options failed', undo, { target })
    })
    throw error
  }
  return 'mounted'
}

async function remount(
  mounter: Mounter,
  source: string,
  target: string,
  current: MountEntry,
  wanted: readonly string[],
  ctx: WorkContext,
): Promise<void> {
  const options = ['remount', 'bind', ...planRemountOptions(current.options, wanted)]
  await mounter.mount({ source, target, options }, ctx)
  const after = await mounter.table.at(target)
  if (after === undefined || !isAsWanted(after, wanted)) {
    const shown = after === undefined ? 'no mount' : after.options.join(',')
    throw new MountError(`remount of ${target} with ${wanted.join(',')} had no effect: the mount table shows ${shown}`)
  }
}

function isAsWanted(entry: MountEntry, wanted: readonly string[]): boolean {
  // A file system that is read-only as a whole makes `ro` true for each of its mounts.
  const rest = entry.superOptions.includes('ro') ? wanted.filter((option) => option !== 'ro') : wanted
  return hasBindOptions(entry.options, rest)
}

function isReadOnly(entry: MountEntry): boolean {
  return entry.options.includes('ro') || entry.superOptions.includes('ro')
}

function describe(entry: MountEntry): string {
  return entry.root === '/' ? `${entry.fsType} ${entry.source}` : `${entry.root} of ${entry.fsType} ${entry.source}`
}
