import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readlink } from 'node:fs/promises'
import { UnsafePathError } from './mount-error.ts'
import { hasCode } from './mount-path.ts'

/**
 * An open directory below a root. Whatever happens to names afterwards, `path` stays this directory: it goes through the
 * file descriptor, not through the names that led there.
 */
export interface SafeDirectory extends AsyncDisposable {
  /** `/proc/self/fd/N`: for calls of this process. Append one more name at most, and do not follow it. */
  readonly path: string
  /** `/proc/PID/fd/N`: the same for a child process such as `mount --no-canonicalize`. */
  readonly pathForChild: string
  /** Where it was when it was opened; for messages. */
  readonly name: string
  close(): Promise<void>
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * Opens a directory below a root, one segment after the other with O_DIRECTORY and O_NOFOLLOW. A symlink anywhere on the
 * way, one that is swapped in meanwhile, `..` and absolute parts are all refused.
 *
 * @param root existing directory that only trusted code writes to; symlinks above it are followed.
 * @param relative segments separated by `/`; empty for the root itself.
 * @throws UnsafePathError when a segment is not a plain name, or is a symlink or a file; ENOENT when one is missing.
 */
export async function resolveBeneath(root: string, relative: string): Promise<SafeDirectory> {
  return walk(root, relative, undefined)
}

/**
 * {@link resolveBeneath} that makes the segments that are missing.
 *
 * @param mode of those it makes, exactly: the process's umask does not apply.
 */
export async function ensureDirectoryBeneath(root: string, relative: string, mode: number): Promise<SafeDirectory> {
  return walk(root, relative, mode)
}

/**
 * Refuses anything but one plain path segment.
 *
 * @throws UnsafePathError
 */
export function assertPathSegment(segment: string): void {
  if (segment === '' || segment === '.' || segment === '..' || /[/\0]/.test(segment)) {
    throw new UnsafePathError(`${JSON.stringify(segment)} is not a plain file name`)
  }
}

async function walk(root: string, relative: string, mode: number | undefined): Promise<SafeDirectory> {
  const segments = relative === '' ? [] : relative.split('/')
  for (const segment of segments) assertPathSegment(segment)
  // The root may itself be reached through links (/var/run): only what lies below is untrusted.
  let handle = await open(root, constants.O_RDONLY | constants.O_DIRECTORY)
  let name = root
  try {
    for (const segment of segments) {
      const next = await openChild(handle, segment, `${name}/${segment}`, mode)
      await handle.close()
      handle = next
      name = `${name}/${segment}`
    }
    return toSafeDirectory(handle, name, await readlink('/proc/self'))
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openChild(
  parent: FileHandle,
  segment: string,
  name: string,
  mode: number | undefined,
): Promise<FileHandle> {
  const path = `/proc/self/fd/${parent.fd}/${segment}`
  try {
    return await openDirectory(path, name)
  } catch (error) {
    if (mode === undefined || !hasCode(error, 'ENOENT')) throw error
  }
  let made = true
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    made = false // somebody else was faster: what they made is judged by the open below
  }
  const handle = await openDirectory(path, name)
  if (made) await handle.chmod(mode)
  return handle
}

async function openDirectory(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, directoryFlags)
  } catch (error) {
    if (hasCode(error, 'ELOOP', 'ENOTDIR')) {
      throw new UnsafePathError(`${name} is a symbolic link or a file, not a directory`, { cause: error })
    }
    throw error
  }
}

function toSafeDirectory(handle: FileHandle, name: string, pid: string): SafeDirectory {
  const close = async (): Promise<void> => handle.close()
  return {
    path: `/proc/self/fd/${handle.fd}`,
    pathForChild: `/proc/${pid}/fd/${handle.fd}`,
    name,
    close,
    [Symbol.asyncDispose]: close,
  }
}
