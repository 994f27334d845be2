import type { ProgressOutput } from '../binaries/build-progress.ts'
import { runCommand } from './run-command.ts'

/** Debian packages that a node needs. `util-linux` and `tar` are on every Debian. */
export const nodePackages: readonly string[] = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'busybox-static',
  'iproute2',
  'conntrack',
]

/** Options of {@link ensurePackages}. */
export interface EnsurePackagesOptions {
  readonly log: ProgressOutput
  /** Only root may install; for everybody else what is missing is an error. */
  readonly root: boolean
  readonly signal: AbortSignal
}

/**
 * Installs the Debian packages that are missing.
 *
 * @throws Error that names what is missing, when it cannot be installed.
 */
export async function ensurePackages(
  names: readonly string[],
  { log, root, signal }: EnsurePackagesOptions,
): Promise<void> {
  const missing = await missingPackages(names)
  if (missing.length === 0) return
  if (!root) throw new Error(`missing Debian packages: ${missing.join(' ')} (install them, or run as root)`)
  log.write(`installing Debian packages: ${missing.join(' ')}\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await runCommand('apt-get', ['update', '-qq'], { env, signal })
    await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, signal })
  } catch (error) {
    throw new Error(`missing Debian packages: ${missing.join(' ')} (${(error as Error).message})`, { cause: error })
  }
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(names.map(isInstalled))
  return names.filter((_, index) => answers[index] === false)
}

async function isInstalled(name: string): Promise<boolean> {
  return runCommand('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]).then(
    (status) => status.trim() === 'installed',
    () => false, // not known to dpkg, or no dpkg: nothing of it is there
  )
}
