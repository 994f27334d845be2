import { stat } from 'node:fs/promises'
import type { WorkContext } from '@csi-ts/telemetry'
import { MountError, NotMountedError } from '../mount-error.ts'
import { formatMountInfo, type MountEntry } from '../mount-info.ts'
import { parseBindOptions } from '../mount-options.ts'
import { assertSafeArgument, assertSafePath } from '../mount-path.ts'
import { createMountTable, type MountTable } from '../mount-table.ts'
import type { Mounter, MountRequest } from '../mounter.ts'

/** The steps of a mount and an unmount that can be made to fail. */
export type FakeMountStep = 'mount' | 'remount' | 'unmount'

/**
 * A mount table in memory that follows the kernel's rules for binds, remounts and stacks. Sources of binds and all targets
 * must exist on disk, as for the kernel; nothing is visible through a mount.
 */
export class FakeMounter implements Mounter {
  readonly table: MountTable
  #entries: readonly MountEntry[]
  #nextId = 100
  readonly #failures: { readonly step: FakeMountStep; readonly error: Error }[] = []

  /** @param entries what is mounted at first. Default: an ext4 root. */
  constructor(entries: readonly MountEntry[] = [rootEntry]) {
    this.#entries = entries
    // Through text and parser, so that what consumers see has passed them.
    this.table = createMountTable({ read: async () => formatMountInfo(this.#entries), tornReads: false })
  }

  /** The next call of this step fails with this error and changes nothing. */
  failNext(step: FakeMountStep, error: Error): void {
    this.#failures.push({ step, error })
  }

  /** Everything but what was there at first disappears, as at a reboot. */
  reboot(): void {
    this.#entries = this.#entries.filter(({ id }) => id < 100)
  }

  async mount(request: MountRequest, ctx: WorkContext): Promise<void> {
    ctx.signal.throwIfAborted()
    const { source, target, fsType, options = [], sensitiveOptions = [] } = request
    assertSafeArgument('mount source', source)
    assertSafePath('mount target', target)
    for (const option of [...options, ...sensitiveOptions]) assertSafeArgument('mount option', option)
    if (options.includes('remount')) return this.#remount(target, options)

    this.#failIfAsked('mount')
    await exists(target)
    if (options.includes('bind')) await exists(source)
    const holder = await this.table.holding(options.includes('bind') ? source : target)
    const id = this.#nextId++
    const below = await this.table.holding(target)
    const place = options.includes('bind') ? await this.table.locate(source) : { device: `0:${id}`, root: '/' }
    const own = options.includes('bind')
      ? { options: holder.options, fsType: holder.fsType, source: holder.source, superOptions: holder.superOptions }
      : {
          options: show(['rw', 'relatime'], parseBindOptions(options).flags),
          fsType: fsType ?? 'none',
          source,
          superOptions: ['rw'],
        }
    const entry = {
      id,
      parentId: below.id,
      ...place,
      rootDeleted: false,
      mountPoint: target,
      optionalFields: [],
      ...own,
    }
    this.#entries = [...this.#entries, entry]
  }

  async unmount(target: string, ctx: WorkContext): Promise<void> {
    ctx.signal.throwIfAborted()
    assertSafePath('unmount target', target)
    const top = await this.table.at(target)
    if (top === undefined) throw new NotMountedError(`${target} is not a mount point`)
    this.#failIfAsked('unmount')
    if (this.#entries.some((entry) => entry.parentId === top.id))
      throw new MountError(`umount ${target}: target is busy`)
    this.#entries = this.#entries.filter((entry) => entry.id !== top.id)
  }

  async #remount(target: string, options: readonly string[]): Promise<void> {
    this.#failIfAsked('remount')
    const top = await this.table.at(target)
    if (top === undefined) throw new MountError(`remount of ${target}: not a mount point`)
    const changed = { ...top, options: show(['rw', 'relatime'], parseBindOptions(options).flags) }
    this.#entries = this.#entries.map((entry) => (entry.id === top.id ? changed : entry))
  }

  #failIfAsked(step: FakeMountStep): void {
    const index = this.#failures.findIndex((failure) => failure.step === step)
    const [failure] = index === -1 ? [] : this.#failures.splice(index, 1)
    if (failure !== undefined) throw failure.error
  }
}

const rootEntry: MountEntry = {
  id: 1,
  parentId: 0,
  device: '8:1',
  root: '/',
  rootDeleted: false,
  mountPoint: '/',
  options: ['rw', 'relatime'],
  optionalFields: [],
  fsType: 'ext4',
  source: '/dev/sda1',
  superOptions: ['rw'],
}

const shownByNothing: ReadonlySet<string> = new Set(['suid', 'dev', 'exec', 'diratime', 'symfollow', 'strictatime'])

/** Flags as the kernel lists them: those that are on, and rw or ro first. */
function show(defaults: readonly string[], flags: readonly string[]): string[] {
  const access = flags.includes('ro') ? 'ro' : 'rw'
  const atime = flags.some((flag) => flag.endsWith('atime') && flag !== 'nodiratime' && flag !== 'diratime')
  const kept = defaults.filter((option) => option !== 'rw' && !(option === 'relatime' && atime))
  const own = flags.filter((flag) => flag !== 'ro' && flag !== 'rw' && !shownByNothing.has(flag))
  return [access, ...new Set([...own, ...kept])]
}

async function exists(path: string): Promise<void> {
  await stat(path).catch((cause: unknown) => {
    throw new MountError(`mount: ${path} does not exist`, { cause })
  })
}
