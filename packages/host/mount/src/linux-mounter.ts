import { KeyedLocks } from '@csi-ts/concurrency'
import type { WorkContext } from '@csi-ts/telemetry'
import { createExec, type Exec, type ExecResult, ExecTimeoutError } from './exec.ts'
import { MountError, MountHungError, MountTimeoutError, NotMountedError } from './mount-error.ts'
import { assertSafeArgument, assertSafePath } from './mount-path.ts'
import { createMountTable, type MountTable } from './mount-table.ts'
import type { Mounter, MountRequest, UnmountOptions } from './mounter.ts'

/** Options of {@link LinuxMounter}. */
export interface LinuxMounterOptions {
  readonly exec?: Exec
  readonly table?: MountTable
  /** Default 120,000: a network mount retries by itself for up to two minutes. */
  readonly mountTimeoutMs?: number
  /** For `umount`, and again for `umount -f`. Default 10,000. */
  readonly unmountTimeoutMs?: number
  /** Ends in `umount -l` when the others timed out. Default false: data not yet written may be lost unseen. */
  readonly lazyUnmount?: boolean
  /** How many commands may hang in the kernel for one target before further ones are refused. Default 2. */
  readonly maxHungPerTarget?: number
}

const mask = '***'

/** {@link Mounter} over util-linux `mount` and `umount`, one operation per target at a time. */
export class LinuxMounter implements Mounter {
  readonly table: MountTable
  readonly #exec: Exec
  readonly #mountTimeoutMs: number
  readonly #unmountTimeoutMs: number
  readonly #lazyUnmount: boolean
  readonly #maxHungPerTarget: number
  readonly #locks = new KeyedLocks()
  readonly #hung = new Map<string, number>()

  constructor(options: LinuxMounterOptions = {}) {
    this.table = options.table ?? createMountTable()
    this.#exec = options.exec ?? createExec()
    this.#mountTimeoutMs = options.mountTimeoutMs ?? 120_000
    this.#unmountTimeoutMs = options.unmountTimeoutMs ?? 10_000
    this.#lazyUnmount = options.lazyUnmount ?? false
    this.#maxHungPerTarget = options.maxHungPerTarget ?? 2
  }

  async mount(request: MountRequest, ctx: WorkContext): Promise<void> {
    const { source, target, fsType, options = [], sensitiveOptions = [] } = request
    assertSafeArgument('mount source', source)
    assertSafePath('mount target', target)
    if (fsType !== undefined) assertSafeArgument('file system type', fsType)
    for (const option of options) assertSafeArgument('mount option', option)
    // The value is a secret: the error must not show it.
    for (const option of sensitiveOptions) assertSafeSecret(option)

    // Both paths are resolved by the caller; were `mount` to do it again, a link swapped in between would be followed.
    const args = (all: readonly string[]): string[] => [
      '--no-canonicalize',
      ...(fsType === undefined ? [] : ['-t', fsType]),
      ...(all.length === 0 ? [] : ['-o', all.join(',')]),
      '--',
      source,
      target,
    ]
    const shown = `mount ${args([...options, ...sensitiveOptions.map(() => mask)]).join(' ')}`
    await this.#locks.run(
      target,
      async () => {
        this.#refuseWhenHung(target)
        const result = await this.#run(
          'mount',
          args([...options, ...sensitiveOptions]),
          target,
          shown,
          this.#mountTimeoutMs,
          ctx,
        )
        if (result.exitCode !== 0) throw new MountError(describe(shown, result, sensitiveOptions))
      },
      { signal: ctx.signal },
    )
  }

  async unmount(target: string, ctx: WorkContext, options: UnmountOptions = {}): Promise<void> {
    assertSafePath('unmount target', target)
    const { lazy = this.#lazyUnmount } = options
    await this.#locks.run(target, () => this.#unmount(target, lazy, ctx), { signal: ctx.signal })
  }

  /** Plain, then forced when that hangs, then lazy when allowed. */
  async #unmount(target: string, lazy: boolean, ctx: WorkContext): Promise<void> {
    this.#refuseWhenHung(target)
    const before = await this.table.stackAt(target)
    if (before.length === 0) throw new NotMountedError(`${target} is not a mount point`)
    const attempts = [[], ['-f'], ...(lazy ? [['-l']] : [])]
    let timeout: MountTimeoutError | undefined
    for (const flags of attempts) {
      const args = [...flags, '--no-canonicalize', '--', target]
      const shown = `umount ${args.join(' ')}`
      try {
        const result = await this.#run('umount', args, target, shown, this.#unmountTimeoutMs, ctx)
        // Exit codes lie: 32 is "busy" and "not mounted" alike. The table does not.
        if ((await this.table.stackAt(target)).length < before.length) return
        throw new MountError(describe(shown, result, []))
      } catch (error) {
        if (!(error instanceof MountTimeoutError)) throw error
        if ((await this.table.stackAt(target)).length < before.length) return
        ctx.log.warn('unmount did not end in time', { target, command: shown })
        timeout = error
      }
    }
    throw timeout ?? new MountTimeoutError(`unmount of ${target} did not end`)
  }

  async #run(
    command: string,
    args: readonly string[],
    target: string,
    shown: string,
    timeoutMs: number,
    ctx: WorkContext,
  ): Promise<ExecResult> {
    ctx.log.v(4).info('running', { command: shown })
    try {
      return await this.#exec.run(command, args, { timeoutMs }, ctx)
    } catch (error) {
      if (!(error instanceof ExecTimeoutError)) throw error
      if (error.hung !== undefined) this.#countHung(target, error.hung)
      throw new MountTimeoutError(`${shown}: ${error.message}`, { cause: error })
    }
  }

  /** Every retry of a caller would leave one more process that nobody can kill. */
  #refuseWhenHung(target: string): void {
    const hung = this.#hung.get(target) ?? 0
    if (hung < this.#maxHungPerTarget) return
    throw new MountHungError(`${hung} earlier commands for ${target} still hang in the kernel; none is added`)
  }

  #countHung(target: string, gone: Promise<void>): void {
    this.#hung.set(target, (this.#hung.get(target) ?? 0) + 1)
    const release = (): void => {
      const left = (this.#hung.get(target) ?? 1) - 1
      if (left === 0) this.#hung.delete(target)
      else this.#hung.set(target, left)
    }
    gone.then(release, release)
  }
}

function assertSafeSecret(option: string): void {
  try {
    assertSafeArgument('sensitive mount option', option)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new (error.constructor as new (message: string) => Error)(`${error.message.split(':')[0]}: ${mask}`)
  }
}

/** A helper may repeat its options in its output, so the values of sensitive ones are masked there too. */
function describe(shown: string, result: ExecResult, sensitiveOptions: readonly string[]): string {
  const secrets = sensitiveOptions
    .flatMap((option) => [option, option.slice(option.indexOf('=') + 1)])
    .filter((secret) => secret !== '')
  const output = secrets.reduce(
    (text, secret) => text.replaceAll(secret, mask),
    `${result.stderr}${result.stdout}`.trim(),
  )
  const how = result.exitCode === undefined ? `was ended by ${result.signal}` : `exit code ${result.exitCode}`
  return `${shown}: ${how}: ${output === '' ? 'no output' : output}`
}
