import { join } from 'node:path'
import { bundleFolder, bundleOptions, loadedAtStart } from '@csi-ts/tools/bundle'
import { build, type Metafile } from 'esbuild'

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
  const { metafile } = await build({
    ...(await bundleOptions()),
    entryPoints: { main: source },
    outdir: folder,
    metafile: true,
  })
  return { entry: join(folder, 'main.mjs'), bytesByPackage: sumByPackage(startInputs(metafile.outputs)) }
}

/** What the files that are loaded at the start are made from. */
function startInputs(outputs: Metafile['outputs']): { path: string; bytesInOutput: number }[] {
  return loadedAtStart(outputs).flatMap((path) =>
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
