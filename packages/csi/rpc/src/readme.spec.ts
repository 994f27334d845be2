import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const directory = join(root, 'out-tsc/readme')
const sample = join(directory, 'sample.ts')

beforeAll(async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  await mkdir(directory, { recursive: true })
  await writeFile(sample, /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
})

afterAll(() => rm(directory, { recursive: true }))

it('the sample of the README compiles', async () => {
  const config = {
    extends: '../../../../../tsconfig.base.json',
    compilerOptions: { noEmit: true, composite: false, isolatedDeclarations: false },
  }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ ...config, files: ['sample.ts'] }))
  const tsc = join(root, '../../../node_modules/typescript/bin/tsc')
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', directory])
  expect(stdout).toBe('')
})

it('and says what it promises', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@csi-ts/source', sample])
  expect(stdout.split('\n')).toEqual([
    'a.example.com',
    'rpc error: code = FailedPrecondition desc = the array is not licensed',
    '',
  ])
})
