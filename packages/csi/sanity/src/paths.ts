import { mkdir, rmdir, stat } from 'node:fs/promises'

/** What is at a path. */
export type PathKind = 'file' | 'directory' | 'not_found' | 'other'

/** Makes and looks at the paths that a container orchestrator owns. On the machine of the node plugin. */
export interface Paths {
  /** Makes the directory that target paths lie in. @returns the path to use in its place */
  createTargetDir(path: string): Promise<string>
  /** Makes a staging directory. @returns the path to use in its place */
  createStagingDir(path: string): Promise<string>
  /** Removes what {@link createTargetDir} made; something left in it is an error. */
  removeTargetDir(path: string): Promise<void>
  /** Removes what {@link createStagingDir} made; something left in it is an error, its absence is not. */
  removeStagingDir(path: string): Promise<void>
  kindOf(path: string): Promise<PathKind>
}

/** Paths on this machine. */
export const localPaths: Paths = {
  createTargetDir: createDir,
  createStagingDir: createDir,
  removeTargetDir: removeDir,
  removeStagingDir: removeDir,
  async kindOf(path) {
    const found = await stat(path).catch(ignoreMissing)
    if (found === undefined) return 'not_found'
    if (found.isFile()) return 'file'
    return found.isDirectory() ? 'directory' : 'other'
  },
}

async function createDir(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o755 })
  return path
}

/** Never recursive: what a driver has left there may be a volume. */
async function removeDir(path: string): Promise<void> {
  await rmdir(path).catch(ignoreMissing)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
