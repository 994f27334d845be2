import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)
const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }

it('the sample labels a claim and follows volumes until the signal fires', async () => {
  const { followVolumes } = (await import(sample.path)) as {
    readonly followVolumes: (kubeconfig: string, signal: AbortSignal, print: (line: string) => void) => Promise<void>
  }
  await using cluster = await startEmbeddedCluster()
  const volumes = cluster.client().resource(resources.persistentVolumes)
  const create = (name: string): Promise<unknown> => {
    const csi = { driver: 'd', volumeHandle: name }
    const spec = { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], csi }
    return volumes.create({ metadata: { name }, spec }, ctx)
  }
  await create('before')
  const folder = await mkdtemp(join(tmpdir(), 'kube-client-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig)

  const stop = new AbortController()
  const lines: string[] = []
  const ended = followVolumes(kubeconfig, stop.signal, (line) => lines.push(line)).catch((error: unknown) => error)
  await expect.poll(() => lines).toEqual(['no such claim', 'there is before, 5Gi'])
  await create('after')
  await expect.poll(() => lines.at(-1)).toBe('ADDED after')
  const reason = new Error('enough')
  stop.abort(reason)
  expect(await ended).toBe(reason)
  await rm(folder, { recursive: true })
})
