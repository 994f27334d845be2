import { type ConfigMap, resources } from '@csi-ts/kube-api'
import { type EmbeddedApiServer, type FaultProxy, startEmbeddedCluster, startFaultProxy } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isNotFound } from './api-error.ts'
import type { KubeClient, NewObject, ResourceClient } from './client.ts'
import { createKubeClient } from './kube-client.ts'

let cluster: EmbeddedApiServer
let proxy: FaultProxy
let client: KubeClient
let maps: ResourceClient<ConfigMap>
const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }

beforeAll(async () => {
  cluster = await startEmbeddedCluster()
  proxy = await startFaultProxy({ upstream: cluster.config, log: silentLogger })
  client = createKubeClient({ config: proxy.config, userAgent: 'spec/1' })
  maps = client.resource(resources.configMaps)
})
afterEach(() => proxy.clearFaults())
afterAll(async () => {
  client.close()
  await proxy.close()
  await cluster.close()
})

function map(name: string): NewObject<ConfigMap> {
  return { metadata: { name, namespace: 'default' }, data: { a: '1' } }
}
function ref(name: string): { name: string; namespace: string } {
  return { name, namespace: 'default' }
}

/** Verbs of the writes that the work has brought to the server. */
async function writes(work: () => Promise<unknown>): Promise<string[]> {
  const before = cluster.requests.all().length
  await work()
  return cluster.requests
    .all()
    .slice(before)
    .map(({ verb }): string => verb)
    .filter((verb) => verb !== 'get')
}

describe('between a client and its server', () => {
  it('a lost answer to a create is read back', async () => {
    proxy.fault({ match: { verb: 'create', resource: 'configmaps' }, when: 'after', action: { kind: 'cut' } })
    const created = await maps.create(map('created'), ctx)
    expect(await maps.get(ref('created'), ctx)).toEqual(created)
  })

  it('a lost create is sent again', async () => {
    proxy.fault({ match: { verb: 'create', resource: 'configmaps' }, when: 'before', action: { kind: 'cut' } })
    const seen = await writes(() => maps.create(map('sent-again'), ctx))
    expect(seen).toEqual(['create'])
  })

  it('a lost answer to a delete is success', async () => {
    await maps.create(map('deleted'), ctx)
    proxy.fault({ match: { verb: 'delete', resource: 'configmaps' }, when: 'after', action: { kind: 'cut' } })
    await maps.delete(ref('deleted'), ctx)
    await expect(maps.get(ref('deleted'), ctx)).rejects.toSatisfy(isNotFound)
  })

  it('a lost answer to a merge patch is a second patch, one to a replacement an error', async () => {
    const created = await maps.create(map('changed'), ctx)
    proxy.fault({ match: { verb: 'patch', resource: 'configmaps' }, when: 'after', action: { kind: 'cut' } })
    const seen = await writes(() => maps.patch(ref('changed'), { type: 'merge', body: { data: { a: '2' } } }, ctx))
    expect(seen).toEqual(['patch', 'patch'])
    proxy.fault({ match: { verb: 'update', resource: 'configmaps' }, when: 'before', action: { kind: 'cut' } })
    await expect(maps.update(created, ctx)).rejects.toMatchObject({ failure: 'lost', maybeDelivered: true })
  })

  it('a refusal that says when is waited out', async () => {
    const action = { kind: 'fail', code: 429, retryAfterSeconds: 0 } as const
    proxy.fault({ match: { verb: 'create', resource: 'configmaps' }, when: 'before', action, times: 3 })
    expect(await maps.create(map('waited'), ctx)).toMatchObject({ metadata: { name: 'waited' } })
  })

  it('a dropped watch is an error, and reads go on', async () => {
    const { resourceVersion } = await maps.listAll({}, ctx)
    const events = maps.watch({ resourceVersion }, ctx)[Symbol.asyncIterator]()
    const first = events.next()
    await maps.create(map('watched'), ctx)
    expect(await first).toMatchObject({ value: { type: 'ADDED', object: { metadata: { name: 'watched' } } } })
    const second = events.next()
    proxy.dropConnections()
    await expect(second).rejects.toMatchObject({ failure: 'lost' })
    expect(await maps.get(ref('watched'), ctx)).toMatchObject({ metadata: { name: 'watched' } })
  })
})
