import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
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

it('and deletes what has expired, when it expires, and nothing else', async () => {
  const { runExpiry } = (await import(sample)) as {
    readonly runExpiry: (client: KubeClient, ctx: WorkContext) => Promise<void>
  }
  await using api = await startEmbeddedCluster()
  const stop = new AbortController()
  const ctx = { signal: stop.signal, log: silentLogger }
  const client = api.client()
  const maps = client.resource(resources.configMaps)
  const create = (name: string, expiresInMs?: number) =>
    maps.create(
      {
        metadata: {
          namespace: 'default',
          name,
          ...(expiresInMs !== undefined && {
            annotations: { 'example.com/expires': new Date(Date.now() + expiresInMs).toISOString() },
          }),
        },
      },
      ctx,
    )
  await Promise.all([create('past', -1000), create('soon', 1000), create('late', 3_600_000), create('never')])
  const running = runExpiry(client, ctx)
  const names = async (): Promise<string[]> =>
    (await maps.listAll({ namespace: 'default' }, ctx)).items
      .map(({ metadata }) => metadata.name)
      .filter((name) => ['past', 'soon', 'late', 'never'].includes(name))
  await expect.poll(names).toEqual(['late', 'never', 'soon'])
  await expect.poll(names, { timeout: 5000 }).toEqual(['late', 'never'])
  stop.abort()
  await running
})
