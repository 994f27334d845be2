import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('makes a directory for a claim and removes it with the volume', async () => {
  const { runDirectoryProvisioner } = (await import(sample.path)) as {
    readonly runDirectoryProvisioner: (client: KubeClient, root: string, ctx: WorkContext) => Promise<void>
  }
  const root = await mkdtemp(join(tmpdir(), 'directories-'))
  await using api = await startEmbeddedCluster()
  const client = api.client()
  const stop = new AbortController()
  const ctx: WorkContext = { signal: stop.signal, log: silentLogger }
  const running = runDirectoryProvisioner(api.client('directories'), root, ctx)

  await client
    .resource(resources.storageClasses)
    .create({ metadata: { name: 'here' }, provisioner: 'directories.example.com', reclaimPolicy: 'Delete' }, ctx)
  const annotations = { 'volume.kubernetes.io/storage-provisioner': 'directories.example.com' }
  await client.resource(resources.persistentVolumeClaims).create(
    {
      metadata: { name: 'data', namespace: 'default', annotations },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'here' },
    },
    ctx,
  )
  const { name } = (await nextVolume(client, ctx, 'ADDED')).metadata
  expect(await readdir(root)).toEqual([name])

  const gone = nextVolume(client, ctx, 'DELETED')
  const volumes = client.resource(resources.persistentVolumes)
  const unprotect = { metadata: { '$deleteFromPrimitiveList/finalizers': ['kubernetes.io/pv-protection'] } }
  await volumes.patch({ name }, { type: 'strategic', body: unprotect }, ctx)
  const released = { type: 'merge', body: { status: { phase: 'Released' } } } as const
  await volumes.patch({ name }, released, ctx, { subresource: 'status' })
  await gone
  expect(await readdir(root)).toEqual([])

  stop.abort(new Error('the test is over'))
  await running
  await rm(root, { recursive: true })
})

async function nextVolume(client: KubeClient, ctx: WorkContext, type: 'ADDED' | 'DELETED'): Promise<PersistentVolume> {
  for await (const event of client.resource(resources.persistentVolumes).watch({}, ctx)) {
    if (event.type === type) return event.object
  }
  throw new Error('the watch ended')
}
