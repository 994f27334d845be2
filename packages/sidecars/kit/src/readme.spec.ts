import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resources } from '@csi-ts/kube-api'
import { flagsAsMarkdown } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commonFlags } from './common-flags.ts'
import type { SidecarModule } from './sidecar.ts'
import { startSidecarWorld, type TestOptions } from './testing/sidecar-world.ts'

const root = join(import.meta.dirname, '..')
const directory = join(root, 'out-tsc/readme')
const sample = join(directory, 'sample.ts')
let readme = ''

beforeAll(async () => {
  readme = await readFile(join(root, 'README.md'), 'utf8')
  await mkdir(directory, { recursive: true })
  await writeFile(sample, /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '')
})

afterAll(() => rm(directory, { recursive: true }))

it('documents the flags as they are', () => {
  expect(readme).toContain(`<!-- flags -->\n${flagsAsMarkdown(commonFlags)}<!-- /flags -->\n`)
})

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

it("and counts its driver's volumes", async () => {
  const { countingSidecar } = (await import(sample)) as { countingSidecar: SidecarModule<TestOptions> }
  await using world = await startSidecarWorld()
  const volumes = world.api.client().resource(resources.persistentVolumes)
  const ctx = { signal: new AbortController().signal, log: silentLogger }
  for (const driver of ['mock.csi.example.com', 'mock.csi.example.com', 'other']) {
    const csi = { driver, volumeHandle: 'h' }
    await volumes.create(
      {
        metadata: { generateName: 'pv-' },
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi },
      },
      ctx,
    )
  }
  const run = world.run([], countingSidecar)
  expect(await run.ended).toEqual({ kind: 'finished' })
  expect(run.lines.find(({ message }) => message === 'counted volumes')?.fields['volumes']).toBe(2)
})
