import { readFileSync } from 'node:fs'

declare global {
  /** The version, put in place by the bundler; absent when sources run as they are. */
  var csiTsVersion: string | undefined
}

/**
 * The version of a program: what the bundler defined as `globalThis.csiTsVersion`, else that of the package.json above the
 * main file. Call it with `import.meta.url` of a file in `src` or `dist`. Throws an Error when neither exists.
 */
export function packageVersion(moduleUrl: string): string {
  const defined = globalThis.csiTsVersion
  if (defined !== undefined) return defined
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', moduleUrl), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  throw new Error('package.json has no version')
}
