import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/** A map of a kubeconfig file. */
export type Entry = Readonly<Record<string, unknown>>

/** A kubeconfig file that was read. */
export interface KubeconfigFile {
  readonly path: string
  readonly document: Entry
}

/** A named entry, and where it stands: its relative paths start from there. */
export interface FoundEntry {
  readonly entry: Entry
  readonly path: string
  readonly directory: string
}

/**
 * The files that kubectl would read without a flag: those in `KUBECONFIG`, else the one in the home directory. Pass them to
 * `loadClusterConfig`.
 */
export function kubeconfigFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const listed = env['KUBECONFIG']?.split(delimiter).filter((path) => path !== '') ?? []
  if (listed.length > 0) return [...new Set(listed)]
  const home = env['HOME']
  return home ? [join(home, '.kube', 'config')] : []
}

/** Reads files of which some may not exist, but one must. Throws an Error of one line that names the file at fault. */
export async function readKubeconfigFiles(paths: readonly string[]): Promise<KubeconfigFile[]> {
  const files = (await Promise.all(paths.map(readOne))).filter((file) => file !== undefined)
  if (files.length > 0) return files
  if (paths.length === 1) throw new Error(`kubeconfig ${paths[0]}: the file does not exist`)
  throw new Error(`no kubeconfig: ${paths.length === 0 ? 'no file is named' : `none of ${paths.join(', ')} exists`}`)
}

async function readOne(path: string): Promise<KubeconfigFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Error(`kubeconfig ${path}: ${code === 'EACCES' ? 'permission denied' : message}`, { cause: error })
  }
  // Loaded on demand: a pod has a service account and never needs it.
  const { parseYaml } = await import('./parse-yaml.ts')
  const document = attempt(() => parseYaml(text))
  if ('line' in document) throw new Error(`kubeconfig ${path}: not YAML${document.line}`)
  // An empty file says nothing, as for client-go.
  const map = document.value === null ? {} : asEntry(document.value)
  if (map === undefined) throw new Error(`kubeconfig ${path}: not a kubeconfig: it is no map`)
  return { path, document: map }
}

/** The parser's error is not passed on: it quotes the lines around the mistake, which may be a key. */
function attempt(parse: () => unknown): { readonly value: unknown } | { readonly line: string } {
  try {
    return { value: parse() }
  } catch (error) {
    const line = (error as { linePos?: readonly { line: number }[] }).linePos?.[0]?.line
    return { line: line === undefined ? '' : ` (line ${line})` }
  }
}

/** The entry of this name: the first file that has one decides, and nothing of the others is mixed in. */
export function findEntry(
  files: readonly KubeconfigFile[],
  list: 'contexts' | 'clusters' | 'users',
  name: string,
): FoundEntry | undefined {
  const key = list.slice(0, -1)
  for (const { path, document } of files) {
    const entries = document[list]
    const found = Array.isArray(entries) ? entries.map(asEntry).find((entry) => entry?.['name'] === name) : undefined
    if (found === undefined) continue
    const entry = asEntry(found[key])
    if (entry === undefined) throw new Error(`kubeconfig ${path}: ${key} "${name}" is empty`)
    return { entry, path, directory: dirname(path) }
  }
  return undefined
}

/** A map, or nothing. */
export function asEntry(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined
}
