import { realpath, rmdir } from 'node:fs/promises'
import type { WorkContext } from '@csi-ts/telemetry'
import { createExec, type Exec } from './exec.ts'
import { MountConflictError } from './mount-error.ts'
import { hasCode } from './mount-path.ts'
import { createMountTable, type MountTable } from './mount-table.ts'
import { assertPathSegment, resolveBeneath } from './safe-path.ts'

/** What {@link removeTreeBeneath} works with. */
export interface RemoveTreeDeps {
  readonly exec?: Exec
  readonly table?: MountTable
}

/**
 * Removes a directory with everything in it: user data of any depth, made by people who may still be writing.
 * `rm` walks by file descriptors and never follows a link, runs in its own process so that a million files do not stall
 * the calls of others, and is handed the root as a descriptor.
 *
 * @param root existing directory that only trusted code writes to.
 * @param name one plain segment below it. Missing is success.
 * @param timeoutMs after which `rm` is killed; the next call goes on where it stopped. Default 600,000.
 * @throws MountConflictError when something is mounted on or inside it: removing would reach into another file system.
 */
export async function removeTreeBeneath(
  { exec = createExec(), table = createMountTable() }: RemoveTreeDeps,
  root: string,
  name: string,
  ctx: WorkContext,
  timeoutMs = 600_000,
): Promise<void> {
  assertPathSegment(name)
  await using directory = await resolveBeneath(root, '')
  const inside = await mountInside(table, root, name)
  if (inside !== undefined)
    throw new MountConflictError(`${inside.mountPoint} is still mounted, ${name} is kept`, inside)
  try {
    await rmdir(`${directory.path}/${name}`) // the usual case in tests and with unused volumes: no process needed
    return
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    if (!hasCode(error, 'ENOTEMPTY', 'ENOTDIR')) throw error
  }
  const args = ['-rf', '--one-file-system', '--', `${directory.pathForChild}/${name}`]
  const result = await exec.run('rm', args, { timeoutMs }, ctx)
  if (result.exitCode !== 0) throw new Error(`cannot remove ${root}/${name}: ${result.stderr.trim()}`)
}

async function mountInside(table: MountTable, root: string, name: string) {
  const path = `${await realpath(root)}/${name}`
  return (await table.at(path)) ?? (await table.beneath(path))[0]
}
