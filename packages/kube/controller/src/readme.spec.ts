import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { runProgram } from '@csi-ts/process/testing'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)
// The README's own test: it adds itself to these.
await import(sample.file('expiry.spec.ts'))

it('the controller deletes what has expired, when it expires, and nothing else', async () => {
  const { runExpiry } = (await import(sample.path)) as {
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

it('the program reads a kubeconfig, works, and ends in peace on SIGTERM', async () => {
  await using api = await startEmbeddedCluster()
  const ctx = { signal: new AbortController().signal, log: silentLogger }
  const metadata = {
    namespace: 'default',
    name: 'old',
    annotations: { 'example.com/expires': new Date(0).toISOString() },
  }
  await api.client().resource(resources.configMaps).create({ metadata }, ctx)
  const folder = await mkdtemp(join(tmpdir(), 'kube-controller-'))
  const env = { KUBECONFIG: join(folder, 'config') }
  await writeFile(env.KUBECONFIG, api.kubeconfig)
  await using program = runProgram(pathToFileURL(sample.file('main.ts')), [], { env })
  await program.logged(/"deleted expired config map".* key="default\/old"/)
  program.kill('SIGTERM')
  expect(await program.ended).toEqual({ code: 0, signal: null })
  await rm(folder, { recursive: true })
})
