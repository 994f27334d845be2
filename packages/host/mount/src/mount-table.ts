import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { posix } from 'node:path'
import { type MountEntry, parseMountInfo } from './mount-info.ts'
import { hasCode, resolveMountPath } from './mount-path.ts'

/** What a directory is in terms of the file system that holds it: a bind mount of it shows the same two values. */
export interface MountLocation {
  /** `major:minor` of the superblock. */
  readonly device: string
  /** Path inside that file system. */
  readonly root: string
}

/**
 * The mount table of this process. Every question is answered from `/proc/self/mountinfo` alone: no path is touched, so
 * nothing blocks on a dead server and nothing depends on permissions below a mount point. Paths must be absolute and
 * free of symlinks (see `resolveMountPath`).
 */
export interface MountTable {
  /** All mounts, in the order of mounting. */
  list(): Promise<readonly MountEntry[]>
  /** The visible mount at exactly this path. */
  at(path: string): Promise<MountEntry | undefined>
  /** Every mount at exactly this path, lowest first: more than one when mounts are stacked. */
  stackAt(path: string): Promise<readonly MountEntry[]>
  /** Mounts strictly below this path. */
  beneath(path: string): Promise<readonly MountEntry[]>
  /** The mount that a path lies in: the closest at or above it. */
  holding(path: string): Promise<MountEntry>
  /** Where a path lies: what a bind mount of it shows as device and root. */
  locate(path: string): Promise<MountLocation>
  /** Other places where the file or directory at this path is mounted: same device and root, another mount point. */
  refs(path: string): Promise<readonly MountEntry[]>
}

/** Options of {@link createMountTable}. */
export interface MountTableOptions {
  /** Reads the table as text. Default: `/proc/self/mountinfo`. */
  readonly read?: () => Promise<string>
  /** One read may miss or repeat lines. Default: true for kernels before 5.8. */
  readonly tornReads?: boolean
}

const maxReads = 10

/** A view on the mount table. It reads for every question and parses only when the text has changed. */
export function createMountTable(options: MountTableOptions = {}): MountTable {
  const { read = () => readFile('/proc/self/mountinfo', 'utf8'), tornReads = hasTornReads(release()) } = options
  let last: { readonly text: string; readonly entries: readonly MountEntry[] } = { text: '', entries: [] }

  async function list(): Promise<readonly MountEntry[]> {
    const text = tornReads ? await readUntilStable(read) : await read()
    if (text !== last.text) last = { text, entries: parseMountInfo(text) }
    return last.entries
  }

  return {
    list,
    at: async (path) => mountsAt(await list(), path).at(-1),
    stackAt: async (path) => mountsAt(await list(), path),
    beneath: async (path) => mountsBeneath(await list(), path),
    holding: async (path) => holderIn(await list(), path),
    locate: async (path) => locateIn(await list(), path),
    async refs(path) {
      const entries = await list()
      const place = locateIn(entries, path)
      return entries.filter((entry) => isMountOf(entry, place) && entry.mountPoint !== path)
    },
  }
}

/** Whether an entry is a mount of what lies at a location. */
export function isMountOf(entry: MountEntry, location: MountLocation): boolean {
  return entry.device === location.device && entry.root === location.root
}

/** Whether an entry is a mount of something at or below a location. */
export function isMountFrom(entry: MountEntry, location: MountLocation): boolean {
  return entry.device === location.device && isAtOrBeneath(entry.root, location.root)
}

/**
 * Whether something is mounted at a path. The path itself is not touched, so a dead mount is a mount point like any other.
 *
 * @returns false for a path whose parent does not exist.
 */
export async function isMountPoint(path: string, table: MountTable = createMountTable()): Promise<boolean> {
  try {
    return (await table.at(await resolveMountPath(path))) !== undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

function mountsAt(entries: readonly MountEntry[], path: string): readonly MountEntry[] {
  return entries.filter((entry) => entry.mountPoint === path)
}

function mountsBeneath(entries: readonly MountEntry[], path: string): readonly MountEntry[] {
  return entries.filter((entry) => entry.mountPoint !== path && isAtOrBeneath(entry.mountPoint, path))
}

function locateIn(entries: readonly MountEntry[], path: string): MountLocation {
  const holder = holderIn(entries, path)
  return { device: holder.device, root: posix.join(holder.root, posix.relative(holder.mountPoint, path)) }
}

function holderIn(entries: readonly MountEntry[], path: string): MountEntry {
  let holder: MountEntry | undefined
  for (const entry of entries) {
    // Longest wins; among equals the last, which lies on top.
    const closer = holder === undefined || entry.mountPoint.length >= holder.mountPoint.length
    if (closer && isAtOrBeneath(path, entry.mountPoint)) holder = entry
  }
  if (holder === undefined) throw new Error(`no mount in the mount table holds ${path}`)
  return holder
}

function isAtOrBeneath(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor === '/' ? '/' : `${ancestor}/`)
}

/** Kernels before 5.8 keep no cursor in the table: a mount or unmount between two reads of one file shifts the rest. */
function hasTornReads(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10))
  return major < 5 || (major === 5 && minor < 8)
}

async function readUntilStable(read: () => Promise<string>): Promise<string> {
  let previous = await read()
  for (let reads = 1; reads < maxReads; reads++) {
    const text = await read()
    if (text === previous) return text
    previous = text
  }
  throw new Error(`the mount table changed during each of ${maxReads} reads`)
}
