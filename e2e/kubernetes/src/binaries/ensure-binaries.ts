import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { envtestBinaries, groupOf } from './binary-table.ts'
import { createBuildProgress, type ProgressOutput, seconds } from './build-progress.ts'
import { cacheKey, requiredVersion } from './cache-key.ts'
import { GoMissingError, goVersionIn, runGoBuild } from './go-toolchain.ts'

/** Options of {@link ensureBinaries}. */
export interface EnsureBinariesOptions {
  /** Where progress goes. */
  readonly log: ProgressOutput
  /** Folder with ready-made kube-apiserver, etcd and kubectl (`KUBEBUILDER_ASSETS`); what it lacks is built. */
  readonly kubebuilderAssets?: string
  /** Ends a running build. */
  readonly signal?: AbortSignal
}

/** Binary name to the absolute path of the executable. */
export type BinaryPaths = ReadonlyMap<string, string>

const here = join(import.meta.dirname, '../..')

/** Where built binaries are kept: below the repository's root, ignored by git, one folder per version and Go version. */
export const binaryCache: string = join(here, '../../.cache/bin')

/**
 * Makes sure that binaries are there and says where. What was built before with the same Go, architecture, go.mod and
 * go.sum is used again. A binary appears in the cache by a rename, so a build that is killed leaves nothing half.
 *
 * @param names names from the binary table, e.g. `['csi-sanity']`; only the Go modules behind these are downloaded.
 * @throws GoMissingError when something must be built and there is no Go.
 */
export async function ensureBinaries(names: readonly string[], options: EnsureBinariesOptions): Promise<BinaryPaths> {
  const paths = new Map<string, string>()
  for (const name of names) {
    paths.set(name, (await fromAssets(name, options)) ?? (await fromCache(name, names, options)))
  }
  return paths
}

async function fromAssets(
  name: string,
  { kubebuilderAssets, log }: EnsureBinariesOptions,
): Promise<string | undefined> {
  if (kubebuilderAssets === undefined || !envtestBinaries.includes(name)) return undefined
  const path = join(kubebuilderAssets, name)
  if (!(await isExecutable(path))) return undefined
  log.write(`using ${path} (KUBEBUILDER_ASSETS)\n`)
  return path
}

async function fromCache(name: string, names: readonly string[], options: EnsureBinariesOptions): Promise<string> {
  const { log, signal } = options
  const group = groupOf(name)
  const folder = join(here, 'go', group.folder)
  const [goMod, goSum] = await Promise.all([
    readFile(join(folder, 'go.mod'), 'utf8'),
    readFile(join(folder, 'go.sum'), 'utf8'),
  ])
  const version = requiredVersion(goMod, group.module)
  const go = await goVersionIn(folder).catch((error: unknown) => {
    if (!(error instanceof GoMissingError)) throw error
    throw new GoMissingError(`cannot build ${names.join(', ')}: ${error.message}`, { cause: error })
  })
  const cache = join(binaryCache, cacheKey({ folder: group.folder, version, ...go, moduleFiles: [goMod, goSum] }))
  const path = join(cache, name)
  if (await isExecutable(path)) return path

  await mkdir(cache, { recursive: true })
  await removeStalePartials(cache)
  const partial = join(cache, `.${name}.${process.pid}.partial`)
  const started = performance.now()
  const progress = createBuildProgress(`${name} ${version}`, log)
  try {
    await runGoBuild({
      folder,
      mainPackage: group.binaries[name] ?? '',
      output: partial,
      linkerFlags: group.linkerFlags(version),
      onProgress: (compiled) => progress.update(compiled),
      ...(signal === undefined ? {} : { signal }),
    })
    await rename(partial, path)
  } catch (error) {
    progress.end(`failed to build ${name} ${version} after ${seconds(performance.now() - started)}`)
    throw error
  } finally {
    await rm(partial, { force: true })
  }
  const megabytes = Math.round((await stat(path)).size / 1_000_000)
  progress.end(`built ${name} ${version} in ${seconds(performance.now() - started)}, ${megabytes} MB`)
  return path
}

/** A build that was killed leaves its unfinished file, named after the process that would have finished it. */
async function removeStalePartials(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = /^\..+\.(\d+)\.partial$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cache, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
