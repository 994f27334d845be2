import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { root } from './root.ts'

/** A TypeScript block of a package's README, in a file of its own until the spec has ended. */
export interface ReadmeSample {
  /** Absolute path, to import it: `await import(sample.path)`. */
  readonly path: string
  /** The same place, for what starts programs by URL. */
  readonly url: URL
  /** Runs it as a program under this Node, with `PATH` and `env` as its environment; rejects when it ends with another code than 0. */
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
 * Takes a `ts` block out of the README, the first one unless `block` says which (from 0), and registers a test that it compiles
 * under the settings of this repository. Called at the top of `src/readme.spec.ts` with `import.meta.url`.
 *
 * @throws Error when the README has no such block
 */
export function useReadmeSample(specUrl: string, { block = 0 }: { readonly block?: number } = {}): ReadmeSample {
  const text = [...readReadme(specUrl).matchAll(/^```ts\n(.*?)^```$/gms)][block]?.[1]
  if (text === undefined) throw new Error(`the README beside ${specUrl} has no ts block ${block}`)
  const folder = scratchFolder(join(dirname(fileURLToPath(specUrl)), '../out-tsc'))
  const path = join(folder, 'sample.ts')
  writeFileSync(path, text)
  afterAll(() => rm(folder, { recursive: true }))

  it(`sample ${block + 1} of the README compiles`, async () => {
    expect(await compilerOutput(folder)).toBe('')
  })

  return {
    path,
    url: pathToFileURL(path),
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

/** What the compiler says of `sample.ts` in `folder`: nothing when it is right. */
export async function compilerOutput(folder: string): Promise<string> {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, composite: false, isolatedDeclarations: false },
    files: ['sample.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return await new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', folder], (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error === null || stdout !== '' ? '' : error.message}`),
    )
  })
}
