import { statfs } from 'node:fs/promises'
import type { WorkContext } from '@csi-ts/telemetry'
import { createExec, type Exec } from './exec.ts'
import { createMountTable, type MountTable } from './mount-table.ts'

/** Usage of the file system at a path. */
export interface VolumeStats {
  readonly totalBytes: bigint
  readonly usedBytes: bigint
  /** For users without the reserve of root. */
  readonly availableBytes: bigint
  readonly totalInodes: bigint
  readonly usedInodes: bigint
  readonly freeInodes: bigint
}

/** What {@link volumeStats} works with. */
export interface VolumeStatsDeps {
  readonly exec?: Exec
  readonly table?: MountTable
  /** For file systems that may hang. Default 5,000. */
  readonly timeoutMs?: number
}

/** Six counters of statfs(2). */
interface Counters {
  readonly blockBytes: bigint
  readonly blocks: bigint
  readonly freeBlocks: bigint
  readonly availableBlocks: bigint
  readonly files: bigint
  readonly freeFiles: bigint
}

/** File systems that answer from memory or from a local disk; whatever is not named here is asked by a child process. */
const localTypes: ReadonlySet<string> = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'tmpfs',
  'overlay',
  'zfs',
  'f2fs',
])

/**
 * Statistics of the file system at a path, as `df` counts them.
 * A call to a dead server would occupy one of the few threads that all file access of this process shares, so network
 * and FUSE file systems are asked by a child process that can be given up.
 *
 * @param path absolute and free of symlinks.
 * @throws ENOENT when the path is missing; ExecTimeoutError when the file system does not answer.
 */
export async function volumeStats(path: string, ctx: WorkContext, deps: VolumeStatsDeps = {}): Promise<VolumeStats> {
  const { table = createMountTable() } = deps
  const { fsType } = await table.holding(path)
  const c = localTypes.has(fsType) ? await readHere(path) : await readInChild(path, ctx, deps)
  return {
    totalBytes: c.blocks * c.blockBytes,
    usedBytes: (c.blocks - c.freeBlocks) * c.blockBytes,
    availableBytes: c.availableBlocks * c.blockBytes,
    totalInodes: c.files,
    usedInodes: c.files - c.freeFiles,
    freeInodes: c.freeFiles,
  }
}

async function readHere(path: string): Promise<Counters> {
  const s = await statfs(path, { bigint: true })
  return {
    blockBytes: s.bsize,
    blocks: s.blocks,
    freeBlocks: s.bfree,
    availableBlocks: s.bavail,
    files: s.files,
    freeFiles: s.ffree,
  }
}

async function readInChild(path: string, ctx: WorkContext, deps: VolumeStatsDeps): Promise<Counters> {
  const { exec = createExec(), timeoutMs = 5_000 } = deps
  // Block size in bytes, total, free, available blocks; total and free inodes.
  const result = await exec.run('stat', ['-f', '-c', '%S %b %f %a %c %d', '--', path], { timeoutMs }, ctx)
  const numbers = result.stdout.trim().split(' ')
  if (result.exitCode !== 0 || numbers.length !== 6) throw toStatError(path, result.stderr)
  const [blockBytes = 0n, blocks = 0n, freeBlocks = 0n, availableBlocks = 0n, files = 0n, freeFiles = 0n] =
    numbers.map(BigInt)
  return { blockBytes, blocks, freeBlocks, availableBlocks, files, freeFiles }
}

/** `stat` prints what errno meant; the codes that callers tell apart are put back. */
function toStatError(path: string, stderr: string): Error {
  const codes: Readonly<Record<string, string>> = {
    'No such file or directory': 'ENOENT',
    'Transport endpoint is not connected': 'ENOTCONN',
    'Stale file handle': 'ESTALE',
    'Input/output error': 'EIO',
    'Permission denied': 'EACCES',
    'Host is down': 'EHOSTDOWN',
    'No such device': 'ENODEV',
  }
  const text = stderr.trim()
  const code = Object.entries(codes).find(([message]) => text.endsWith(message))?.[1]
  return Object.assign(new Error(`cannot read statistics of ${path}: ${text}`), code === undefined ? {} : { code })
}
