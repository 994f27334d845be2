import { relative } from 'node:path'
import { type PackageRow, packages, versions, type WorkspaceRow, workspaces } from './packages.ts'

/** A generated file: path below the repository root, and its text. */
export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** For code that is never built into a package: declarations, for those who refer to it. */
const checkedOnly = {
  rootDir: '.',
  outDir: 'out-tsc',
  tsBuildInfoFile: 'out-tsc/.tsbuildinfo',
  isolatedDeclarations: false,
  rewriteRelativeImportExtensions: false,
  allowImportingTsExtensions: true,
  emitDeclarationOnly: true,
}

const byFolder = new Map(packages.map((row) => [row.folder, row]))

/** package.json, tsconfigs and vitest config of every row of the package table. */
export function packageConfigs(version: string): GeneratedFile[] {
  return packages.flatMap((row) => [
    { path: `${row.folder}/package.json`, text: json(manifest(row, version)) },
    { path: `${row.folder}/tsconfig.json`, text: json(solution()) },
    { path: `${row.folder}/tsconfig.lib.json`, text: json(libConfig(row)) },
    { path: `${row.folder}/tsconfig.spec.json`, text: json(specConfig(row)) },
    { path: `${row.folder}/vitest.config.ts`, text: vitestConfig(row) },
  ])
}

/** package.json, tsconfig and vitest config of every private workspace. */
export function workspaceConfigs(version: string): GeneratedFile[] {
  return workspaces.flatMap((row) => [
    { path: `${row.folder}/package.json`, text: json(workspaceManifest(row, version)) },
    { path: `${row.folder}/tsconfig.json`, text: json(workspaceConfig(row)) },
    { path: `${row.folder}/vitest.config.ts`, text: vitestConfig(row) },
  ])
}

function workspaceManifest(row: WorkspaceRow, version: string): object {
  const used = [...usedBy(row), ...(row.workspaces ?? [])]
  const uses = used.map((folder): [string, string] => [`@csi-ts/${nameOf(folder)}`, version])
  return {
    name: `@csi-ts/${row.name}`,
    version,
    private: true,
    description: row.description,
    type: 'module',
    ...(row.entries === undefined ? {} : { exports: mapValues(row.entries, (source) => `./${source}`) }),
    ...optional('dependencies', sorted([...uses, ...(row.npm ?? []).map(npmVersion)])),
    nx: { targets: { typecheck: {}, lint: {}, test: {}, ...row.targets } },
  }
}

function workspaceConfig(row: WorkspaceRow): object {
  const references = [
    ...usedBy(row).map((folder) => `${folder}/tsconfig.lib.json`),
    ...(row.workspaces ?? []).map((folder) => `${folder}/tsconfig.json`),
  ]
  return {
    extends: relative(row.folder, 'tsconfig.base.json'),
    compilerOptions: checkedOnly,
    include: ['*.ts', 'src/**/*.ts'],
    exclude: ['vitest.config.ts'],
    references: references.map((path) => ({ path: relative(row.folder, path) })),
  }
}

function usedBy(row: WorkspaceRow): readonly string[] {
  return row.uses === 'all' ? packages.map(({ folder }) => folder) : row.uses
}

function workspaceOf(folder: string): WorkspaceRow {
  return workspaces.find((row) => row.folder === folder) ?? missing(folder)
}

function npmVersion(name: string): [string, string] {
  return [name, versions[name] ?? missing(name)]
}

/** The solution file that builds and checks everything. */
export function rootSolution(): GeneratedFile {
  const references = [...packages, ...workspaces].map((row) => ({ path: `./${row.folder}/tsconfig.json` }))
  return { path: 'tsconfig.json', text: json({ files: [], references }) }
}

function manifest(row: PackageRow, version: string): object {
  const sources = { ...(row.main === false ? {} : { '.': 'src/index.ts' }), ...row.entries }
  const exports = Object.fromEntries(Object.entries(sources).map(([entry, source]) => [entry, exportTarget(source)]))
  const workspace = (folder: string): [string, string] => [`@csi-ts/${nameOf(folder)}`, version]
  const dependencies = sorted([...(row.uses ?? []).map(workspace), ...(row.npm ?? []).map(npmVersion)])
  const devDependencies = sorted([...(row.testUses ?? []).map(workspace), ...(row.devNpm ?? []).map(npmVersion)])
  const peers = sorted((row.optionalPeers ?? []).map(npmVersion))
  return {
    name: `@csi-ts/${row.name}`,
    version,
    description: row.description,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=22.19' },
    files: ['dist', 'src', ...specSources(row).map((pattern) => `!${pattern}`), '!dist/.tsbuildinfo'],
    sideEffects: false,
    ...(row.bin === undefined ? {} : { bin: mapValues(row.bin, (source) => `./${toDist(source, '.js')}`) }),
    exports: { ...exports, './package.json': './package.json' },
    ...(row.visibility === 'internal' ? { csiTs: { internal: true } } : {}),
    ...optional('dependencies', dependencies),
    ...optional('devDependencies', devDependencies),
    ...optional('peerDependencies', peers),
    ...optional(
      'peerDependenciesMeta',
      mapValues(peers, () => ({ optional: true })),
    ),
    nx: {
      // Test-only edges would make the project graph cyclic; `build` never needs them.
      ...(row.testUses === undefined
        ? {}
        : { implicitDependencies: row.testUses.map((folder) => `!@csi-ts/${nameOf(folder)}`) }),
      targets: { build: {}, typecheck: {}, test: {}, lint: {} },
    },
  }
}

function exportTarget(source: string): object {
  return {
    '@csi-ts/source': `./${source}`,
    types: `./${toDist(source, '.d.ts')}`,
    default: `./${toDist(source, '.js')}`,
  }
}

function toDist(source: string, extension: string): string {
  return source.replace(/^src\//, 'dist/').replace(/\.ts$/, extension)
}

function solution(): object {
  return { files: [], references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }] }
}

function libConfig(row: PackageRow): object {
  return {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include: ['src/**/*.ts'],
    exclude: specSources(row),
    references: (row.uses ?? []).map((folder) => reference(row, folder)),
  }
}

/** What only tests use. `src/testing` is among it unless the package exports it for the tests of others. */
function specSources(row: PackageRow): string[] {
  return ['src/**/*.spec.ts', ...('./testing' in (row.entries ?? {}) ? [] : ['src/testing/**/*.ts'])]
}

function specConfig(row: PackageRow): object {
  const folders = [...(row.uses ?? []), ...(row.testUses ?? [])]
  return {
    extends: '../../../tsconfig.base.json',
    compilerOptions: checkedOnly,
    include: specSources(row),
    references: [{ path: './tsconfig.lib.json' }, ...folders.map((folder) => reference(row, folder))],
  }
}

function reference(row: PackageRow, folder: string): object {
  const config = byFolder.has(folder) ? 'tsconfig.lib.json' : 'tsconfig.json'
  return { path: `${relative(row.folder, folder)}/${config}` }
}

function vitestConfig(row: { readonly folder: string }): string {
  const preset = relative(row.folder, 'tools/vitest-preset.ts')
  return `import { defineConfig } from 'vitest/config'
import { packageTests } from '${preset.startsWith('.') ? preset : `./${preset}`}'

export default defineConfig(packageTests)
`
}

/** The npm name, without its scope, of a package or private workspace. */
function nameOf(folder: string): string {
  return (byFolder.get(folder) ?? workspaceOf(folder)).name
}

function missing(what: string): never {
  throw new Error(`tools/src/packages.ts has no row or version for ${what}`)
}

function sorted(entries: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

function optional(name: string, record: Readonly<Record<string, unknown>>): object {
  return Object.keys(record).length === 0 ? {} : { [name]: record }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
