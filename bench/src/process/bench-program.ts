import { join } from 'node:path'
import { bundleFolder } from '@csi-ts/tools/bundle'
import { build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '../../..')

/** A bundled program, and where its bytes come from. */
export interface BundledProgram {
  /** Path of the entry file. */
  readonly entry: string
  /** Bytes of each package in what is loaded at the start, largest first; those of npm by their names there. */
  readonly bytesByPackage: readonly (readonly [name: string, bytes: number])[]
}

/**
 * Bundles a program of this workspace into `out/bench-NAME`, as the images' programs are bundled: run from its sources a
 * program would carry the type stripper and twice the memory.
 */
export async function bundleProgram(name: string, source: string): Promise<BundledProgram> {
  const folder = bundleFolder(`bench-${name}`)
  const result = await build({
    entryPoints: { main: source },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@csi-ts/source'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    splitting: true,
    alias: {
      '@grpc/proto-loader': join(root, 'tools/stubs/proto-loader.cjs'),
      '@opentelemetry/api': join(root, 'tools/stubs/opentelemetry-api.cjs'),
    },
    outExtension: { '.js': '.mjs' },
    banner: { js: "import{createRequire}from'node:module';const/**/require=createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  })
  return { entry: join(folder, 'main.mjs'), bytesByPackage: sumByPackage(loadedAtStart(result.metafile.outputs)) }
}

/** The inputs of the entry and of the chunks that it imports statically: a dynamic import may never come. */
function loadedAtStart(outputs: Metafile['outputs']): { path: string; bytesInOutput: number }[] {
  const pending = Object.keys(outputs).filter((path) => path.endsWith('/main.mjs'))
  const loaded = new Set<string>()
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (loaded.has(path)) continue
    loaded.add(path)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') pending.push(next)
  }
  return [...loaded].flatMap((path) =>
    Object.entries(outputs[path]?.inputs ?? {}).map(([input, { bytesInOutput }]) => ({ path: input, bytesInOutput })),
  )
}

/** Adds up what the files of a package weigh. */
export function sumByPackage(
  inputs: readonly { readonly path: string; readonly bytesInOutput: number }[],
): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>()
  for (const { path, bytesInOutput } of inputs) {
    const name = packageOf(path)
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput)
  }
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

function packageOf(path: string): string {
  const external = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
  const own = /(?:^|\/)packages\/([^/]+\/[^/]+)\//.exec(path)?.[1]
  return external ?? own ?? path
}
