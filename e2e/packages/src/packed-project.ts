import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)

/** A project outside the repository that has installed packed packages, and nothing else of it. */
export interface PackedProject extends AsyncDisposable {
  readonly folder: string
  /** Names of the packages of this repository in it. */
  readonly installed: readonly string[]
  /** Writes a source file. */
  write(name: string, text: string): Promise<void>
  /** Compiles everything to JavaScript, declarations of packages included. Resolves with what the compiler says: nothing when all is right. */
  compile(): Promise<string>
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/**
 * Builds packages of this repository and all of it that they depend on, packs them as for publishing, and installs them in a
 * new folder under the system's temporary one. Other dependencies come from the registry, or npm's cache.
 */
export async function createPackedProject(names: readonly string[]): Promise<PackedProject> {
  const folders = await closure(names)
  await run(process.execPath, [tsc, '-b', ...[...folders.values()].map((folder) => join(folder, 'tsconfig.lib.json'))])
  const folder = await mkdtemp(join(tmpdir(), 'packed-project-'))
  const dispose = (): Promise<void> => rm(folder, { recursive: true })
  try {
    const { stdout } = await npm(root, ['pack', '--json', '--pack-destination', folder, ...folders.values()])
    const packed = Object.values(JSON.parse(stdout) as Record<string, { name: string; filename: string }>)
    const tarballs = packed.map(({ name, filename }): [string, string] => [name, `file:./${filename}`])
    const manifest = {
      name: 'somebody',
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(tarballs),
      devDependencies: { '@types/node': await versionOf('@types/node') },
    }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: strictest }))
    await npm(folder, ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'])
    return {
      folder,
      installed: [...folders.keys()],
      write: (name, text) => writeFile(join(folder, name), text),
      compile: () =>
        run(process.execPath, [tsc, '-p', folder]).then(
          ({ stdout: said }) => said,
          (error: Error & { stdout: string }) => error.stdout || error.message,
        ),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** What careful users set; above all the declarations of packages are checked. */
const strictest = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  module: 'nodenext',
  target: 'es2024',
  types: ['node'],
  outDir: 'out',
}

/** The packages and what they need of this repository, by name. */
async function closure(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, { folder: string; manifest: Manifest }>()
  for await (const path of glob('packages/*/*/package.json', { cwd: root })) {
    const manifest = JSON.parse(await readFile(join(root, path), 'utf8')) as Manifest
    all.set(manifest.name, { folder: join(root, path, '..'), manifest })
  }
  const found = new Map<string, string>()
  const add = (name: string): void => {
    const own = all.get(name)
    if (own === undefined || found.has(name)) return
    found.set(name, own.folder)
    for (const dependency of Object.keys(own.manifest.dependencies ?? {})) add(dependency)
  }
  for (const name of names) add(name)
  return found
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}

function npm(cwd: string, args: readonly string[]): Promise<{ stdout: string }> {
  return run('npm', args, { cwd, maxBuffer: 16 * 1024 * 1024 })
}
