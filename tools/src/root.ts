import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Absolute path of the repository's root. */
export const root: string = join(import.meta.dirname, '../..')

/** The one version that every workspace package carries. */
export async function workspaceVersion(): Promise<string> {
  return (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version
}
