import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { leanHttp } from './lean-http.ts'
import { minifyForeign } from './minify-foreign.ts'
import { packages } from './packages.ts'
import { root, workspaceVersion } from './root.ts'

/** One program as it goes into an image: an ESM bundle and the chunks it loads on demand. */
export interface Bundle {
  /** Name of the command, e.g. `csi-provisioner`. */
  readonly command: string
  /** Absolute path of the entry file. */
  readonly entry: string
  /** Size in bytes of everything that is loaded at start. */
  readonly sizeBytes: number
}

/** V8 flags of every image's entry point: memory of a sidecar stays flat under load (docs/architecture.md). */
export const imageNodeFlags: readonly string[] = [
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
]

/** Where the bundles of a command are. */
export function bundleFolder(command: string): string {
  return join(root, 'out', command)
}

/** Bundles the commands of the package table, or those that are named. */
export async function bundleCommands(commands?: readonly string[]): Promise<Bundle[]> {
  const all = packages.flatMap((row) =>
    Object.entries(row.bin ?? {}).map(([command, source]) => ({ command, source: join(root, row.folder, source) })),
  )
  const unknown = commands?.find((command) => !all.some((one) => one.command === command))
  if (unknown !== undefined)
    throw new Error(`no command ${unknown}; there are ${all.map(({ command }) => command).join(', ')}`)
  const chosen = all.filter(({ command }) => commands?.includes(command) ?? true)
  return await Promise.all(chosen.map(({ command, source }) => bundle(command, source)))
}

async function bundle(command: string, source: string): Promise<Bundle> {
  const folder = bundleFolder(command)
  await mkdir(join(root, 'out'), { recursive: true })
  // Built beside its place and moved there: whoever starts the command meanwhile finds the old bundle or the new one.
  const building = await mkdtemp(join(root, 'out', `.${command}-`))
  const { metafile } = await build({
    ...(await bundleOptions()),
    entryPoints: { main: source },
    outdir: building,
    metafile: true,
  })
  // Names the folder's files as modules for tools that look at a package.json and not at the ending.
  await writeFile(join(building, 'package.json'), '{"type":"module"}\n')
  const sizeBytes = await startSize(building, metafile.outputs)
  await rm(folder, { recursive: true, force: true })
  await rename(building, folder)
  return { command, entry: join(folder, 'main.mjs'), sizeBytes }
}

/** How every program of the repository is bundled; entry and place are the caller's. */
export async function bundleOptions(): Promise<BuildOptions> {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@csi-ts/source'],
    // Readable stack traces matter more in an image than the last third of the size.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    splitting: true,
    outExtension: { '.js': '.mjs' },
    alias: {
      '@grpc/proto-loader': join(root, 'tools/stubs/proto-loader.cjs'),
      '@opentelemetry/api': join(root, 'tools/stubs/opentelemetry-api.cjs'),
    },
    plugins: [minifyForeign, leanHttp],
    define: { 'globalThis.csiTsVersion': JSON.stringify(await workspaceVersion()) },
    banner: { js: "import{createRequire}from'node:module';const/**/require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  }
}

/** The part of esbuild's metafile that tells which output imports which. */
type Outputs = Readonly<
  Record<string, { readonly imports: readonly { readonly path: string; readonly kind: string }[] }>
>

/** Paths of the entry and of what it imports statically: chunks behind a dynamic import are not loaded at start. */
export function loadedAtStart(outputs: Outputs): string[] {
  const pending = Object.keys(outputs).filter((path) => path.endsWith('/main.mjs'))
  const loaded = new Set<string>()
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (loaded.has(path)) continue
    loaded.add(path)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && next in outputs) pending.push(next)
    }
  }
  return [...loaded]
}

async function startSize(folder: string, outputs: Outputs): Promise<number> {
  const sizes = await Promise.all(loadedAtStart(outputs).map(async (path) => (await stat(join(root, path))).size))
  if (sizes.length === 0) throw new Error(`esbuild wrote no main.mjs into ${folder}`)
  return sizes.reduce((sum, size) => sum + size, 0)
}

if (import.meta.main) {
  for (const { command, sizeBytes } of await bundleCommands(
    process.argv.length > 2 ? process.argv.slice(2) : undefined,
  )) {
    process.stdout.write(`${command.padEnd(28)} ${Math.round(sizeBytes / 1000)} kB\n`)
  }
}
