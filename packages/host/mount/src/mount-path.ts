import { lstat, mkdir, realpath, rmdir, unlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { UnsafeArgumentError, UnsafePathError } from './mount-error.ts'

/**
 * Refuses strings that must never be an argument of `mount`: NUL cuts them short, a newline forges lines in tables and
 * logs, a leading dash is read as an option.
 *
 * @param what how the error calls it, e.g. "mount source"
 * @throws UnsafeArgumentError
 */
export function assertSafeArgument(what: string, value: string): void {
  if (value === '') throw new UnsafeArgumentError(`${what} must not be empty`)
  if (value.startsWith('-')) throw new UnsafeArgumentError(`${what} must not start with a dash: ${quote(value)}`)
  if (/[\0\n\r]/.test(value)) {
    throw new UnsafeArgumentError(`${what} must not contain NUL or line breaks: ${quote(value)}`)
  }
}

/**
 * Refuses a path that is not absolute and normalised: without `.`, `..`, empty segments or a trailing slash.
 *
 * @throws UnsafeArgumentError
 */
export function assertSafePath(what: string, path: string): void {
  assertSafeArgument(what, path)
  if (!path.startsWith('/')) throw new UnsafeArgumentError(`${what} must be an absolute path: ${quote(path)}`)
  const segments = path.slice(1).split('/')
  if (path !== '/' && segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new UnsafeArgumentError(`${what} must be a normalised path without "." or "..": ${quote(path)}`)
  }
}

/**
 * The path as the mount table shows it: symlinks of the parent resolved, the last component as it is. The parent lies
 * on the node's own disk; the last component may be a mount of a dead server and is not touched.
 *
 * @throws UnsafeArgumentError; ENOENT when the parent does not exist.
 */
export async function resolveMountPath(path: string): Promise<string> {
  // Kubelet and csi-sanity may pass a trailing slash; it means nothing here.
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path
  assertSafePath('mount path', trimmed)
  if (trimmed === '/') return trimmed
  return posix.join(await realpath(posix.dirname(trimmed)), posix.basename(trimmed))
}

/**
 * Makes the directory that something will be mounted on. Its parent must exist.
 *
 * @returns whether it was created, so that a failed mount can remove it again.
 * @throws UnsafePathError when a symlink or a file is in the way; ENOENT when the parent is missing.
 */
export async function ensureMountDirectory(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode })
    return true
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  const found = await lstat(path)
  if (!found.isDirectory()) throw new UnsafePathError(`${path} exists and is not a directory`)
  return false
}

/**
 * Removes what a mount stood on: an empty directory or a file. Never recursive: if the unmount before it failed
 * unnoticed, a recursive removal would delete the volume's data.
 *
 * @returns whether there was something to remove.
 * @throws UnsafePathError when the directory has entries; EBUSY when something is still mounted.
 */
export async function removeMountTarget(path: string): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    if (hasCode(error, 'ENOTEMPTY')) throw new UnsafePathError(`${path} is not empty, so it is left as it is`)
    if (!hasCode(error, 'ENOTDIR')) throw error
  }
  await unlink(path)
  return true
}

/** Whether an error carries one of these system error codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

function quote(value: string): string {
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)
}
