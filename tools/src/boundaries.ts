import { glob, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type PackageRow, packages } from './packages.ts'
import { root } from './root.ts'

/** A broken rule: where, and what is allowed instead. */
export interface Violation {
  readonly file: string
  readonly message: string
}

/** One source file and every module specifier that it names. */
interface SourceFile {
  readonly path: string
  readonly imports: readonly string[]
}

const scope = '@csi-ts/'
/** What specs and `testing/` folders may import besides their package's own row. */
const testPackages = ['packages/kube/cluster', 'packages/csi/mock-driver', 'packages/csi/sanity']
/** The one thing of the private workspaces that a package sees, in specs only: what they need to run their README's sample. */
const readmeSample = '@csi-ts/tools/readme-sample'
const importPattern =
  /(?:^|[\s;])(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]/gm

/** Checks every import of every package against the package table. Sorted by file. */
export async function boundaryViolations(rows: readonly PackageRow[] = packages): Promise<Violation[]> {
  const perPackage = await Promise.all(rows.map(async (row) => violationsOf(row, rows, await sourcesOf(row))))
  const scenarios = (await sourcesBelow('e2e/scenarios/src')).flatMap(scenarioViolations)
  return [...tableViolations(rows), ...perPackage.flat(), ...scenarios].toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

/** What is wrong with the table itself: unknown folders, uses that may not be, cycles. */
export function tableViolations(rows: readonly PackageRow[]): Violation[] {
  const folders = new Set(rows.map((row) => row.folder))
  const seen = new Set<string>()
  return rows.flatMap((row) => {
    const found = [...(row.uses ?? [])].flatMap((used) => {
      if (!folders.has(used)) return [{ file: row.folder, message: `uses ${used}, which is not in the table` }]
      if (!isAllowed(row, used)) return [{ file: row.folder, message: `uses ${used}, which its row does not allow` }]
      // The table is ordered: a use of a later row is the only way to make a cycle.
      return seen.has(used) ? [] : [{ file: row.folder, message: `uses ${used}, which stands below it in the table` }]
    })
    seen.add(row.folder)
    return found
  })
}

/** Checks the imports of one package's files. */
export function violationsOf(row: PackageRow, rows: readonly PackageRow[], files: readonly SourceFile[]): Violation[] {
  const byName = new Map(rows.map((other) => [`${scope}${other.name}`, other]))
  return files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const message = verdict(row, byName, file.path, specifier)
      return message === undefined ? [] : [{ file: file.path, message }]
    }),
  )
}

function verdict(
  row: PackageRow,
  byName: ReadonlyMap<string, PackageRow>,
  path: string,
  specifier: string,
): string | undefined {
  const isTest = path.endsWith('.spec.ts') || path.includes('/src/testing/')
  if (specifier.startsWith('.')) {
    const target = join(dirname(path), specifier)
    return target.startsWith(`${row.folder}/`) || isTest ? undefined : `imports ${specifier}, outside its package`
  }
  if (specifier.startsWith('node:')) return undefined
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (builtinModules.includes(name)) return `imports ${specifier}: write node:${specifier}`
  if (!name.startsWith(scope)) return npmVerdict(row, isTest, name)
  if (specifier === readmeSample) return readmeSampleVerdict(row, path)
  const target = byName.get(name)
  if (target === undefined) return `imports ${name}, which is not in the package table`
  if (target.folder === row.folder) return isTest ? undefined : `imports itself by name (${specifier})`
  const entry = specifier === name ? '.' : `.${specifier.slice(name.length)}`
  const entries = [...(target.main === false ? [] : ['.']), ...Object.keys(target.entries ?? {})]
  if (!entries.includes(entry)) return `imports ${specifier}; ${name} exports ${entries.join(', ')}`
  if ((row.uses ?? []).includes(target.folder)) return undefined
  if (isTest && ((row.testUses ?? []).includes(target.folder) || testPackages.includes(target.folder))) return undefined
  return `imports ${name}, which its row in tools/src/packages.ts does not list under ${isTest ? 'uses or testUses' : 'uses'}`
}

function readmeSampleVerdict(row: PackageRow, path: string): string | undefined {
  if (!path.endsWith('.spec.ts')) return `imports ${readmeSample}, which is for specs`
  return (row.testUses ?? []).includes('tools') ? undefined : `imports ${readmeSample}; its row needs tools in testUses`
}

function npmVerdict(row: PackageRow, isTest: boolean, name: string): string | undefined {
  if (isTest && ['vitest', 'fast-check', ...(row.devNpm ?? [])].includes(name)) return undefined
  if ([...(row.npm ?? []), ...(row.optionalPeers ?? [])].includes(name)) return undefined
  return `imports ${name}, which its row in tools/src/packages.ts does not list under npm`
}

function scenarioViolations(file: SourceFile): Violation[] {
  if (file.path.endsWith('.spec.ts')) return []
  const allowed = /^(\.|node:|@csi-ts\/kube-cluster\/port$)/
  return file.imports
    .filter((specifier) => !allowed.test(specifier))
    .map((specifier) => ({
      file: file.path,
      message: `imports ${specifier}; a scenario imports only @csi-ts/kube-cluster/port`,
    }))
}

function isAllowed(row: PackageRow, folder: string): boolean {
  return row.mayImport.some((allowed) =>
    allowed.endsWith('/*') ? folder.startsWith(allowed.slice(0, -1)) : allowed === folder,
  )
}

function sourcesOf(row: PackageRow): Promise<SourceFile[]> {
  return sourcesBelow(`${row.folder}/src`)
}

async function sourcesBelow(folder: string): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for await (const path of glob(`${folder}/**/*.ts`, { cwd: root })) {
    files.push({ path: relative(root, join(root, path)), imports: importsOf(await readFile(join(root, path), 'utf8')) })
  }
  return files
}

/** Every module specifier that a source text imports or re-exports from. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}
