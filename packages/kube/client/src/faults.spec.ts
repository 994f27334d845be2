import { inspect } from 'node:util'
import { type ConfigMap, resources } from '@csi-ts/kube-api'
import { type EmbeddedApiServer, type FaultProxy, startEmbeddedCluster, startFaultProxy } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isNotFound } from './api-error.ts'
import type { KubeClient, NewObject, ResourceClient } from './client.ts'
import { createKubeClient } from './kube-client.ts'

type FaultVerb = NonNullable<Parameters<FaultProxy['fault']>[0]['match']['verb']>

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

  it.each<{ what: string; verb: FaultVerb; does: (name: string) => Promise<unknown> }>([
    { what: 'a replacement', verb: 'update', does: async (name) => maps.update(await maps.get(ref(name), ctx), ctx) },
    {
      what: 'a JSON patch',
      verb: 'patch',
      does: (name) => maps.patch(ref(name), { type: 'json', body: [{ op: 'add', path: '/data/b', value: '1' }] }, ctx),
    },
    {
      what: 'a patch of one version',
      verb: 'patch',
      does: async (name) => {
        const { resourceVersion } = (await maps.get(ref(name), ctx)).metadata
        return maps.patch(ref(name), { type: 'merge', body: { metadata: { resourceVersion }, data: { b: '1' } } }, ctx)
      },
    },
    {
      what: 'a create whose name the server makes',
      verb: 'create',
      does: () => maps.create({ metadata: { generateName: 'made-', namespace: 'default' } }, ctx),
    },
    {
      what: 'the deletion of a collection',
      verb: 'delete',
      does: () => maps.deleteCollection({ namespace: 'default', labelSelector: 'no=body' }, ctx),
    },
  ])('$what is not sent twice when its answer is lost', async ({ what, verb, does }) => {
    const name = `once-${verb}-${what.length}`
    await maps.create(map(name), ctx)
    proxy.fault({ match: { verb, resource: 'configmaps' }, when: 'after', action: { kind: 'cut' } })
    const seen = await writes(() => expect(does(name)).rejects.toMatchObject({ failure: 'lost', maybeDelivered: true }))
    expect(seen).toHaveLength(1)
  })

  it('reads are sent again, four times in all', async () => {
    await maps.create(map('read'), ctx)
    const cut = { match: { verb: 'get', resource: 'configmaps' }, when: 'after', action: { kind: 'cut' } } as const
    proxy.fault({ ...cut, times: 3 })
    expect(await maps.get(ref('read'), ctx)).toMatchObject({ metadata: { name: 'read' } })
    proxy.fault({ ...cut, times: 4 })
    await expect(maps.get(ref('read'), ctx)).rejects.toMatchObject({ failure: 'lost' })
  })

  it.each([429, 503])('%i is an error at once when the server does not say when to ask again', async (code) => {
    const fault = { match: { verb: 'get', resource: 'configmaps' }, when: 'before', times: 2 } as const
    proxy.fault({ ...fault, action: { kind: 'fail', code } })
    await expect(maps.get(ref('none'), ctx)).rejects.toMatchObject({ code, verb: 'get' })
    proxy.clearFaults()
    proxy.fault({ ...fault, action: { kind: 'fail', code, retryAfterSeconds: 0 } })
    await expect(maps.get(ref('none'), ctx)).rejects.toSatisfy(isNotFound)
  })

  it('a wait that would last longer than the call may is refused at once', async () => {
    const hurried = createKubeClient({ config: proxy.config, userAgent: 'spec/1', timeoutMs: 2_000 })
    proxy.fault({
      match: { verb: 'get', resource: 'configmaps' },
      when: 'before',
      action: { kind: 'fail', code: 429, retryAfterSeconds: 3 },
    })
    await expect(hurried.resource(resources.configMaps).get(ref('none'), ctx)).rejects.toMatchObject({
      code: 429,
      retryAfterMs: 3_000,
    })
    hurried.close()
  })

  it.each(['delay', 'half-open'] as const)(
    'a server that is silent (%s) is one line after the timeout',
    async (kind) => {
      const hurried = createKubeClient({ config: proxy.config, userAgent: 'spec/1', timeoutMs: 300 })
      const action = kind === 'delay' ? ({ kind, ms: 60_000 } as const) : ({ kind } as const)
      proxy.fault({ match: { verb: 'get', resource: 'configmaps' }, when: 'before', action })
      await expect(hurried.resource(resources.configMaps).get(ref('none'), ctx)).rejects.toMatchObject({
        failure: 'timeout',
        message: `${proxy.config.server} has not answered GET /api/v1/namespaces/default/configmaps/none within 0.3 s: check that it is up and not overloaded`,
      })
      hurried.close()
    },
  )

  it('no error and no log line holds what was sent or stored', async () => {
    const { log, lines } = createLogRecorder()
    const loud: WorkContext = { ...ctx, log }
    const secrets = client.resource(resources.secrets)
    const secret = { metadata: { name: 's', namespace: 'default' }, stringData: { password: 'hush-hush' } }
    const errors: unknown[] = []
    const keep = (error: unknown): void => void errors.push(error)
    const match = { resource: 'secrets' }
    for (const action of [{ kind: 'cut' }, { kind: 'fail', code: 500 }, { kind: 'fail', code: 422 }] as const) {
      for (const when of ['before', 'after'] as const) {
        proxy.fault({ match, when, action, times: 99 })
        await secrets.create(secret, loud).catch(keep)
        await secrets.patch({ name: 's', namespace: 'default' }, { type: 'merge', body: secret }, loud).catch(keep)
        await secrets.get({ name: 's', namespace: 'default' }, loud).catch(keep)
        proxy.clearFaults()
      }
    }
    expect(errors).toHaveLength(18)
    const all = [...errors, ...lines].map((thing) => inspect(thing, { depth: 20, showHidden: true }))
    const base64 = Buffer.from('hush-hush').toString('base64')
    expect(all.filter((text) => text.includes('hush-hush') || text.includes(base64))).toEqual([])
  })
})
