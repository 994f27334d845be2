import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { generateKubeTypes } from './generate-kube-types.ts'
import { generateProtobuf } from './generate-protobuf.ts'
import { type GeneratedFile, packageConfigs, rootSolution, workspaceConfigs } from './package-configs.ts'
import { root, workspaceVersion } from './root.ts'

/** Everything that `npm run generate` writes, formatted as it is committed. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const version = await workspaceVersion()
  const configs = [...packageConfigs(version), ...workspaceConfigs(version), rootSolution()]
  return [...(await formatted(configs)), ...generateKubeTypes(), ...(await generateProtobuf())]
}

/** The generated files whose committed text differs, by path. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = []
  for (const file of await generatedFiles()) {
    const committed = await readFile(join(root, file.path), 'utf8').catch(() => undefined)
    if (committed !== file.text) stale.push(file.path)
  }
  return stale
}

/** Writes the files that differ. */
export async function writeGeneratedFiles(): Promise<void> {
  for (const file of await generatedFiles()) {
    const path = join(root, file.path)
    if ((await readFile(path, 'utf8').catch(() => undefined)) === file.text) continue
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file.text)
    process.stdout.write(`wrote ${file.path}\n`)
  }
}

/** Formats outside the work tree, so that a check never touches it. */
async function formatted(files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'csi-ts-generate-'))
  try {
    for (const file of files) {
      await mkdir(dirname(join(scratch, file.path)), { recursive: true })
      await writeFile(join(scratch, file.path), file.text)
    }
    await promisify(execFile)(
      join(root, 'node_modules/.bin/biome'),
      ['format', '--write', '--config-path', join(root, 'biome.json'), '--vcs-enabled=false', '.'],
      { cwd: scratch },
    )
    return await Promise.all(
      files.map(async ({ path }) => ({ path, text: await readFile(join(scratch, path), 'utf8') })),
    )
  } finally {
    await rm(scratch, { recursive: true })
  }
}
