import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** The Go command is not there, or does not work: nothing can be built. */
export class GoMissingError extends Error {
  override readonly name = 'GoMissingError'
}

/** What `go env` says inside one of our modules: a `toolchain` line may choose another Go than the installed one. */
export interface GoVersion {
  /** Such as `go1.26.8`. */
  readonly goVersion: string
  /** Such as `amd64`. */
  readonly arch: string
}

/** Asks Go for its version.
 *
 * @throws GoMissingError when there is no working `go` in PATH.
 */
export async function goVersionIn(folder: string): Promise<GoVersion> {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', '-json', 'GOVERSION', 'GOARCH'], { cwd: folder })
    const answer = JSON.parse(stdout) as { GOVERSION: string; GOARCH: string }
    return { goVersion: answer.GOVERSION, arch: answer.GOARCH }
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not in PATH' : 'does not work'
    throw new GoMissingError(`go ${why}: install Go 1.26 or later (https://go.dev/dl)`, { cause: error })
  }
}

/** One `go build`. */
export interface GoBuild {
  /** The module's folder. */
  readonly folder: string
  /** Import path of the main package. */
  readonly mainPackage: string
  /** File to write. */
  readonly output: string
  readonly linkerFlags: readonly string[]
  /** Called with the number of packages compiled so far; cached ones do not count. */
  onProgress(compiledPackages: number): void
  readonly signal?: AbortSignal
}

/** Builds a static binary.
 *
 * @throws Error with the compiler's last lines when the build fails, and with the signal's reason when it is aborted.
 */
export async function runGoBuild(build: GoBuild): Promise<void> {
  const flags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags', build.linkerFlags.join(' '), '-o', build.output]
  const child = spawn('go', ['build', ...flags, build.mainPackage], {
    cwd: build.folder,
    // CGO would tie the binaries to this machine's libc; GOFLAGS of the user must not change what the key stands for.
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(build.signal === undefined ? {} : { signal: build.signal }),
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => undefined)
  const tail: string[] = []
  let compiled = 0
  for await (const line of createInterface({ input: child.stderr })) {
    // `go build -v` prints the import path of every package that it really compiles.
    if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) build.onProgress(++compiled)
    else if (!line.startsWith('go: downloading ')) tail.push(line)
    if (tail.length > 15) tail.shift()
  }
  const code = await ended
  if (code !== 0) throw new Error(`go build ${build.mainPackage} failed (exit ${code}):\n${tail.join('\n')}`)
}
