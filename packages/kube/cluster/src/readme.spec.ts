import { readFile } from 'node:fs/promises'
import { resources } from '@csi-ts/kube-api'
import { createKubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster, startFaultProxy } from '@csi-ts/kube-cluster'
import { contractRules, runContract } from '@csi-ts/kube-cluster/contract'
import { silentLogger } from '@csi-ts/telemetry'
import { expect, it } from 'vitest'

const ctx = { signal: AbortSignal.timeout(10_000), log: silentLogger }

it('keeps a claim until its finalizer is gone', async () => {
  await using cluster = await startEmbeddedCluster()
  const claims = cluster.client().resource(resources.persistentVolumeClaims)
  const ref = { name: 'data', namespace: 'default' }
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await claims.create({ metadata: ref, spec }, ctx)

  await claims.delete(ref, ctx)
  expect((await claims.get(ref, ctx)).metadata.deletionTimestamp).toBeDefined()
  await claims.patch(ref, { type: 'merge', body: { metadata: { finalizers: null } } }, ctx)
  await expect(claims.get(ref, ctx)).rejects.toMatchObject({ code: 404 })
})

it('survives a lost answer', async () => {
  await using cluster = await startEmbeddedCluster()
  await using proxy = await startFaultProxy({ upstream: cluster.config, log: silentLogger })
  const client = createKubeClient({ config: proxy.config, userAgent: 'sample' })
  const lost = { verb: 'create', resource: 'persistentvolumes' } as const
  proxy.fault({ match: lost, when: 'after', action: { kind: 'cut' } })

  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/srv' } }
  await client.resource(resources.persistentVolumes).create({ metadata: { name: 'v' }, spec }, ctx)
  expect(cluster.requests.all().map(({ verb, code }) => `${verb} ${code}`)).toEqual([
    'create 201',
    'create 409',
    'get 200',
  ])
  client.close()
})

it('is a Kubernetes API server as far as its clients can tell', async () => {
  await using cluster = await startEmbeddedCluster()
  const rules = contractRules.filter(({ name }) => name.includes('finalizer'))
  const results = await runContract(cluster.client(), ctx, { rules })
  expect(results.map(({ error }) => error)).toEqual(rules.map(() => undefined))
})

it('is what the README shows', async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
  const samples = Array.from((await read('../README.md')).matchAll(/```ts\n([\s\S]*?)```/g), ([, code = '']) => code)
  const here = await read('./readme.spec.ts')
  expect(samples).toHaveLength(3)
  for (const sample of samples) for (const line of sample.split('\n')) expect(here).toContain(line)
})
