import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './root.ts'

/** What matters of one entry of package-lock.json. */
export interface LockEntry {
  readonly version?: string
  readonly optional?: boolean
  readonly dev?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** The entries of a lock file, by path. */
export type LockEntries = Readonly<Record<string, LockEntry>>

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32']
const processors = ['arm64', 'arm', 'x64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x']

/**
 * The entries that `npm install` leaves out because the registry does not serve that platform's package, and without
 * which `npm ci` always refuses the lock file ("Missing: … from lock file"). Only exact versions are known without
 * asking the registry, and platform packages always are exact.
 */
export function missingPlatformEntries(entries: LockEntries): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {}
  for (const entry of Object.values(entries)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      if (path in entries || !/^\d/.test(version)) continue
      const words = name.split(/[-/]/)
      const os = systems.filter((system) => words.includes(system))
      const cpu = processors.filter((processor) => words.includes(processor))
      missing[path] = {
        version,
        optional: true,
        ...(entry.dev === true ? { dev: true } : {}),
        ...(os.length > 0 ? { os } : {}),
        ...(cpu.length > 0 ? { cpu } : {}),
      }
    }
  }
  return missing
}

/** Adds the missing entries to the lock file and marks node_modules as installed from it. */
async function completeLock(): Promise<void> {
  const path = join(root, 'package-lock.json')
  const lock = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, LockEntry> }
  const missing = missingPlatformEntries(lock.packages)
  const packages = Object.fromEntries(
    Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  const text = `${JSON.stringify({ ...lock, packages }, null, 2)}\n`
  await writeFile(path, text)
  await writeFile(join(root, 'node_modules/.installed-from'), createHash('sha256').update(text).digest('hex'))
  process.stdout.write(`package-lock.json: ${Object.keys(missing).length} platform entries added\n`)
}

if (import.meta.main) await completeLock()
