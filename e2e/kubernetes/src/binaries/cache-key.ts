import { createHash } from 'node:crypto'

/** What decides whether a binary that was built before is the binary that would be built now. */
export interface CacheInputs {
  /** Folder of the Go module below `go/`. */
  readonly folder: string
  /** Version of the published module, such as `v1.36.3`. */
  readonly version: string
  /** `go env GOVERSION`, such as `go1.26.8`. */
  readonly goVersion: string
  /** `go env GOARCH`. */
  readonly arch: string
  /** Texts of our go.mod and go.sum: a replaced dependency is another binary. */
  readonly moduleFiles: readonly string[]
}

/** Folder name below `.cache/bin` for binaries with these inputs: readable, and different whenever they are. */
export function cacheKey({ folder, version, goVersion, arch, moduleFiles }: CacheInputs): string {
  const hash = createHash('sha256')
  for (const text of moduleFiles) hash.update(text).update('\0')
  return `${folder}-${version}-${goVersion}-${arch}-${hash.digest('hex').slice(0, 12)}`
}

/** The version that a go.mod requires of a module.
 *
 * @throws Error when the go.mod does not require it.
 */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split('\n')) {
    const [path, version] = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/)
    if (path === module && version?.startsWith('v') === true) return version
  }
  throw new Error(`go.mod does not require ${module}`)
}
