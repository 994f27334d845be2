import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectDriver, getControllerCapabilities } from '@csi-ts/csi-client'
import { AccessMode } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { silentLogger } from '@csi-ts/telemetry'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const directory = join(root, 'out-tsc/readme')
const sample = join(directory, 'sample.ts')
const ctx = { signal: new AbortController().signal, log: silentLogger }

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

it('and is a driver', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'csi-'))
  const endpoint = `unix://${folder}/csi.sock`
  const child = spawn(process.execPath, ['--conditions=@csi-ts/source', sample, `--endpoint=${endpoint}`], {
    stdio: 'inherit',
  })
  const driver = await connectDriver({ address: endpoint, log: silentLogger })
  const volumeCapabilities = [
    { accessMode: { mode: AccessMode.SINGLE_NODE_WRITER }, accessType: { $case: 'mount' as const, value: {} } },
  ]
  const create = (requiredBytes: bigint) =>
    driver.controller.createVolume({ name: 'a', volumeCapabilities, capacityRange: { requiredBytes } }, {})
  expect((await create(5n)).volume).toMatchObject({ volumeId: 'a', capacityBytes: 5n })
  expect((await create(5n)).volume).toMatchObject({ volumeId: 'a', capacityBytes: 5n })
  await expect(create(6n)).rejects.toMatchObject({ code: Code.AlreadyExists })
  expect(await getControllerCapabilities(driver, ctx, { timeoutMs: 5_000 })).toEqual(new Set([1]))
  await driver.controller.deleteVolume({ volumeId: 'a' }, {})
  await expect(
    driver.controller.validateVolumeCapabilities({ volumeId: 'a', volumeCapabilities }, {}),
  ).rejects.toMatchObject({
    code: Code.NotFound,
  })
  driver.close()
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})
