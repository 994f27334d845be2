import type { WorkContext } from '@csi-ts/telemetry'
import type { MountTable } from './mount-table.ts'

/** One call of `mount`. */
export interface MountRequest {
  /** Device, export or directory. */
  readonly source: string
  /** An existing directory or file, absolute. */
  readonly target: string
  /** Left out for bind mounts and remounts. */
  readonly fsType?: string
  /** One option per element, e.g. `['bind']` or `['remount', 'bind', 'ro']`. */
  readonly options?: readonly string[]
  /** Used like `options`, and masked wherever the command or its output is shown. */
  readonly sensitiveOptions?: readonly string[]
}

/** Options of one unmount. */
export interface UnmountOptions {
  /** Detach now and clean up when the last user is gone, if everything else timed out. Default: the mounter's policy. */
  readonly lazy?: boolean
}

/** Mounts and unmounts. One layer per call; `ensureBindMount` and `ensureUnmounted` are the idempotent operations. */
export interface Mounter {
  /**
   * @throws UnsafeArgumentError for strings that must not reach `mount`.
   * @throws MountError when it failed, MountTimeoutError when it did not end, MountHungError when earlier ones hang.
   */
  mount(request: MountRequest, ctx: WorkContext): Promise<void>
  /**
   * Takes the topmost mount off a path; judged by the mount table, not by the exit code.
   *
   * @throws NotMountedError when nothing is mounted there, else as {@link mount}.
   */
  unmount(target: string, ctx: WorkContext, options?: UnmountOptions): Promise<void>
  readonly table: MountTable
}
