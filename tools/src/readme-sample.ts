import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { root } from './root.ts'

/** The TypeScript blocks of a package's README, as files in one folder until the spec has ended. */
export interface ReadmeSample {
  /** Absolute path of the first block, to import it: `await import(sample.path)`. */
  readonly path: string
  /** The same place, for what starts programs by URL. */
  readonly url: URL
  /** Absolute path of the block that is named so. Throws when there is none. */
  file(name: string): string
  /** Runs the first block as a program under this Node, with `PATH` and `env` as its environment; rejects when it ends with another code than 0. */
  run(options?: SampleRun): Promise<{ readonly stdout: string; readonly stderr: string }>
}

/** How a sample is run. */
export interface SampleRun {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The text of the README of the package whose `src` folder holds the spec at `specUrl`. */
export function readReadme(specUrl: string): string {
  return readFileSync(new URL('../README.md', specUrl), 'utf8')
}

/**
 * Takes all `ts` blocks out of the README and registers a test that they compile under the settings of this repository. A block that
 * begins with a comment like `// main.ts` is the file of that name, so that others import it; the first without is `sample.ts`, the
 * next `sample-2.ts`. Called at the top of `src/readme.spec.ts` with `import.meta.url`.
 *
 * @throws Error when the README has no such block
 */
export function useReadmeSample(specUrl: string): ReadmeSample {
  const blocks = [...readReadme(specUrl).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)
  const names = blocks.map(
    (text, index) => /^\/\/ ([-.\w]+\.ts)\n/.exec(text)?.[1] ?? (index === 0 ? 'sample.ts' : `sample-${index + 1}.ts`),
  )
  const [first] = names
  if (first === undefined) throw new Error(`the README beside ${specUrl} has no ts block`)
  const folder = scratchFolder(join(dirname(fileURLToPath(specUrl)), '../out-tsc'))
  for (const [index, text] of blocks.entries()) writeFileSync(join(folder, names[index] ?? ''), text)
  afterAll(() => rm(folder, { recursive: true }))

  // A compiler that starts cold on a busy machine takes its time.
  it('what the README shows compiles', { timeout: 60_000 }, async () => {
    expect(await compilerOutput(folder, names)).toBe('')
  })

  const path = join(folder, first)
  return {
    path,
    url: pathToFileURL(path),
    file(name) {
      if (!names.includes(name)) throw new Error(`the README has no block ${name}, only ${names.join(', ')}`)
      return join(folder, name)
    },
    run: ({ args = [], env = {} } = {}) =>
      promisify(execFile)(process.execPath, ['--conditions=@csi-ts/source', path, ...args], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
      }),
  }
}

/** Inside the package, so that the sample resolves what its users would; two runs at once do not meet. */
function scratchFolder(parent: string): string {
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'readme-'))
}

/** What the compiler says of the files in `folder`: nothing when they are right. */
export async function compilerOutput(folder: string, files: readonly string[]): Promise<string> {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, composite: false, isolatedDeclarations: false },
    files,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return await new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', folder], (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error === null || stdout !== '' ? '' : error.message}`),
    )
  })
}
