import type { MountEntry } from './mount-info.ts'

/** `mount` or `umount` failed. The message names the command with sensitive options masked, and what it printed. */
export class MountError extends Error {
  override readonly name: string = 'MountError'
}

/** Nothing is mounted where an unmount was asked for. */
export class NotMountedError extends MountError {
  override readonly name = 'NotMountedError'
}

/** A mount or unmount did not end in time. A retry may find it still hanging. */
export class MountTimeoutError extends MountError {
  override readonly name = 'MountTimeoutError'
}

/** Earlier commands for the same target still hang in the kernel; no more are started until one of them ends. */
export class MountHungError extends MountError {
  override readonly name = 'MountHungError'
}

/** The target is taken: something else is mounted there, or the same thing with options that contradict. */
export class MountConflictError extends MountError {
  override readonly name = 'MountConflictError'
  /** What is mounted at the target. */
  readonly entry: MountEntry

  constructor(message: string, entry: MountEntry) {
    super(message)
    this.entry = entry
  }
}

/** A path, source or option that must not reach `mount`: the caller's input is wrong. */
export class UnsafeArgumentError extends Error {
  override readonly name = 'UnsafeArgumentError'
}

/** A path left its root, or met a symbolic link or a file where a directory was expected. */
export class UnsafePathError extends Error {
  override readonly name = 'UnsafePathError'
}

const corruptedCodes: ReadonlySet<string> = new Set([
  'ENOTCONN',
  'ESTALE',
  'EIO',
  'ENODEV',
  'EACCES',
  'EHOSTDOWN',
  'EAGAIN',
  'EWOULDBLOCK',
])

/**
 * Whether a file system call failed because the mount behind it is dead: a gone FUSE daemon or server, a removed
 * device. Such a mount is to be unmounted, not to be called missing. EACCES is in the set (a server that refuses root),
 * so it says "do not conclude that the path is absent", never "mount it again".
 */
export function isCorruptedMountError(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code: unknown = 'code' in at ? at.code : undefined
    if (typeof code === 'string' && corruptedCodes.has(code)) return true
  }
  return false
}
