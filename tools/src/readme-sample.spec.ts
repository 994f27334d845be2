import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compilerOutput, useReadmeSample } from './readme-sample.ts'

describe('useReadmeSample', () => {
  it('refuses a README that has no such block', () => {
    expect(() => useReadmeSample(import.meta.url)).toThrow(/readme-sample\.spec\.ts has no ts block/)
  })
})

describe('compilerOutput', () => {
  it.each([
    { what: 'nothing of code that is right', code: 'export const x: number = 1\n', says: /^$/ },
    { what: 'what is wrong with a type', code: "export const x: number = 'a'\n", says: /sample\.ts.*error TS2322/ },
    { what: 'what an import lacks', code: "import { y } from 'node:nowhere'\nexport { y }\n", says: /error TS2307/ },
    { what: 'that there is nothing to compile', code: undefined, says: /sample\.ts' not found/ },
  ])('says $what', async ({ code, says }) => {
    // Below the root, where the types of Node are found.
    const parent = join(import.meta.dirname, '../out-tsc')
    await mkdir(parent, { recursive: true })
    const folder = await mkdtemp(join(parent, 'readme-'))
    if (code !== undefined) await writeFile(join(folder, 'sample.ts'), code)
    expect(await compilerOutput(folder, ['sample.ts'])).toMatch(says)
    await rm(folder, { recursive: true })
  })
})
