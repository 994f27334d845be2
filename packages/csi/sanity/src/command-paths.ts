import { execFile } from 'node:child_process'
import type { PathKind, Paths } from './paths.ts'

/** Commands that work on paths of another machine; each is called with a path. Absent ones work here. */
export interface PathCommands {
  /** Prints the path to use. */
  readonly createTargetDir?: string | undefined
  /** Prints the path to use. */
  readonly createStagingDir?: string | undefined
  readonly removeTargetDir?: string | undefined
  readonly removeStagingDir?: string | undefined
  /** Prints `file`, `directory`, `not_found` or `other`. */
  readonly check?: string | undefined
  /** For one command. */
  readonly timeoutMs: number
}

const kinds: ReadonlySet<string> = new Set<PathKind>(['file', 'directory', 'not_found', 'other'])

/** Paths by commands of the user, as csi-sanity has them; `fallback` does what has no command. */
export function createCommandPaths(commands: PathCommands, fallback: Paths): Paths {
  const { timeoutMs } = commands
  const run = (command: string, path: string): Promise<string> => runCommand(command, path, timeoutMs)
  const { check } = commands
  return {
    createTargetDir: (path) =>
      commands.createTargetDir === undefined ? fallback.createTargetDir(path) : run(commands.createTargetDir, path),
    createStagingDir: (path) =>
      commands.createStagingDir === undefined ? fallback.createStagingDir(path) : run(commands.createStagingDir, path),
    async removeTargetDir(path) {
      await (commands.removeTargetDir === undefined
        ? fallback.removeTargetDir(path)
        : run(commands.removeTargetDir, path))
    },
    async removeStagingDir(path) {
      await (commands.removeStagingDir === undefined
        ? fallback.removeStagingDir(path)
        : run(commands.removeStagingDir, path))
    },
    async kindOf(path) {
      if (check === undefined) return await fallback.kindOf(path)
      const kind = await run(check, path)
      if (!kinds.has(kind)) throw new Error(`${check} printed "${kind}", want file, directory, not_found or other`)
      return kind as PathKind
    },
  }
}

function runCommand(command: string, path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [path], { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim())
      else reject(new Error(`${command} ${path} failed: ${stderr.trim() || error.message}`, { cause: error }))
    })
  })
}
