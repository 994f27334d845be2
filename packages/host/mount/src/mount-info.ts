/** One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)), unescaped. */
export interface MountEntry {
  readonly id: number
  /** The mount below; for the root of the namespace a number that no line has. */
  readonly parentId: number
  /** `major:minor` of the superblock. */
  readonly device: string
  /** Path inside the file system that is mounted here: `/` unless it is a bind mount or a btrfs subvolume. */
  readonly root: string
  /** The root directory was removed after it was mounted (the kernel appends `//deleted`). */
  readonly rootDeleted: boolean
  readonly mountPoint: string
  /** Options of this mount, such as `ro` or `nosuid`. */
  readonly options: readonly string[]
  /** Zero or more tags such as `shared:12` or `master:3`. */
  readonly optionalFields: readonly string[]
  readonly fsType: string
  /** Device path, server export or a word; may be empty. */
  readonly source: string
  /** Options of the superblock, shared by all its mounts. */
  readonly superOptions: readonly string[]
}

/** A line that is not mountinfo. The line itself is left out of the message: options may hold credentials. */
export class MountInfoError extends Error {
  override readonly name = 'MountInfoError'
}

/**
 * Parses a mount table. The order is kept: it is the order of mounting, so the last entry at a path is the visible one.
 *
 * @throws MountInfoError when a line does not have the fields of a mountinfo line.
 */
export function parseMountInfo(text: string): MountEntry[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => parseLine(line, number))
}

/** Writes entries as the kernel does; the inverse of {@link parseMountInfo}. For fakes and round-trip tests. */
export function formatMountInfo(entries: readonly MountEntry[]): string {
  return entries.map((entry) => `${formatLine(entry)}\n`).join('')
}

/** Splits an option string at commas outside double quotes, as in `context="system_u:object_r:x_t:s0:c1,c2"`. */
export function splitMountOptions(text: string): string[] {
  const options: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    if (text[at] === ',' && !quoted) {
      options.push(text.slice(start, at))
      start = at + 1
    }
  }
  options.push(text.slice(start))
  return options.filter((option) => option !== '')
}

const deletedRoot = '//deleted'
const deletedMountPoint = ' (deleted)'

function parseLine(line: string, number: number): MountEntry {
  // Spaces inside fields are escaped, so splitting is safe; only super options may carry raw ones on some file systems.
  const fields = line.split(' ')
  const separator = fields.indexOf('-', 6)
  if (separator === -1 || fields.length < separator + 4) {
    throw new MountInfoError(`mountinfo line ${number} has ${fields.length} fields and no valid "-" separator`)
  }
  const [id = '', parentId = '', device = '', rawRoot = '', rawMountPoint = '', options = ''] = fields
  const root = unescapePath(rawRoot)
  const mountPoint = unescapePath(rawMountPoint)
  const rootDeleted = root.endsWith(deletedRoot)
  return {
    id: parseId(id, number),
    parentId: parseId(parentId, number),
    device,
    root: rootDeleted ? root.slice(0, -deletedRoot.length) || '/' : root,
    rootDeleted,
    mountPoint: mountPoint.endsWith(deletedMountPoint) ? mountPoint.slice(0, -deletedMountPoint.length) : mountPoint,
    options: splitMountOptions(options),
    optionalFields: fields.slice(6, separator),
    fsType: unescapePath(fields[separator + 1] ?? ''),
    source: unescapePath(fields[separator + 2] ?? ''),
    superOptions: splitMountOptions(fields.slice(separator + 3).join(' ')).map(unescapePath),
  }
}

function parseId(text: string, number: number): number {
  if (!/^-?\d+$/.test(text)) throw new MountInfoError(`mountinfo line ${number} does not start with two mount ids`)
  return Number(text)
}

function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function escapePath(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function formatLine(entry: MountEntry): string {
  return [
    String(entry.id),
    String(entry.parentId),
    entry.device,
    `${escapePath(entry.root)}${entry.rootDeleted ? deletedRoot : ''}`,
    escapePath(entry.mountPoint),
    entry.options.join(','),
    ...entry.optionalFields,
    '-',
    escapePath(entry.fsType),
    escapePath(entry.source),
    entry.superOptions.map(escapePath).join(','),
  ].join(' ')
}
