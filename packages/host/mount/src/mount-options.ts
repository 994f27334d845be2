import { splitMountOptions } from './mount-info.ts'

/**
 * Options that belong to a single mount rather than to its file system: the only ones a bind mount can have. Members of
 * a group exclude each other; the first is what the kernel shows by showing nothing (for `rw` it shows `rw`).
 */
const groups: readonly (readonly string[])[] = [
  ['rw', 'ro'],
  ['suid', 'nosuid'],
  ['dev', 'nodev'],
  ['exec', 'noexec'],
  ['strictatime', 'relatime', 'noatime'],
  ['diratime', 'nodiratime'],
  ['symfollow', 'nosymfollow'],
]

/** Handled by whoever binds, or meaning nothing for one mount. */
const neutral: ReadonlySet<string> = new Set(['bind', 'rbind', 'remount', 'defaults', '_netdev', 'auto', 'noauto'])

/** Options sorted by what a bind mount can do with them. */
export interface BindOptions {
  /** Per-mount options; later ones of a group have replaced earlier ones. */
  readonly flags: readonly string[]
  /** Options of a file system, such as `vers=4.1`: a bind mount cannot have them. They may be sensitive. */
  readonly unsupported: readonly string[]
}

/** Splits mount flags as they come from a volume capability. Commas inside one string separate options too. */
export function parseBindOptions(options: readonly string[]): BindOptions {
  const chosen = new Map<number, string>()
  const unsupported: string[] = []
  for (const option of options.flatMap(splitMountOptions)) {
    const group = groupOf(option)
    if (group !== -1) chosen.set(group, option)
    else if (!neutral.has(option)) unsupported.push(option)
  }
  return { flags: [...chosen.values()], unsupported }
}

/** Whether a mount with the `current` options already is what `wanted` asks for. Groups not mentioned do not matter. */
export function hasBindOptions(current: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((option) => effective(current, groupOf(option)) === option)
}

/**
 * The options of the remount that turns `current` into `wanted`. What is set and not asked about is repeated: a remount
 * replaces all flags, and in a user namespace one that drops an inherited (locked) flag fails with EPERM.
 */
export function planRemountOptions(current: readonly string[], wanted: readonly string[]): string[] {
  const byGroup = new Map(wanted.map((option) => [groupOf(option), option]))
  const result: string[] = []
  for (const [index, group] of groups.entries()) {
    const option = byGroup.get(index) ?? effective(current, index)
    if (option !== undefined && (option !== group[0] || byGroup.has(index))) result.push(option)
  }
  return result
}

function groupOf(option: string): number {
  return groups.findIndex((group) => group.includes(option))
}

function effective(current: readonly string[], index: number): string | undefined {
  const group = groups[index] ?? []
  return group.findLast((option) => current.includes(option)) ?? group[0]
}
