import { type ConfigMap, type Lease, type PersistentVolume, resources } from '@csi-ts/kube-api'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { setupClient } from './testing/client-setup.ts'
import { collect } from './testing/collect.ts'
import { statusAnswer } from './testing/fake-transport.ts'

const volume: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv-1', resourceVersion: '7' },
  spec: { capacity: { storage: '1Gi' } },
}
const map: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'm', namespace: 'n' },
  data: { a: 'b' },
}

describe('reading', () => {
  it('gets an object by name and namespace', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('GET', '/api/v1/namespaces/n/configmaps/m', { json: map })
    const got = await client.resource(resources.configMaps).get({ name: 'm', namespace: 'n' }, ctx)
    expectTypeOf(got).toEqualTypeOf<ConfigMap>()
    expect(got).toEqual(map)
    expect(transport.requests).toMatchObject([
      { lane: 'pooled', headers: { accept: 'application/json', 'user-agent': 'spec/1' } },
    ])
  })

  it('escapes what stands in a path, so that a name cannot name something else', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('GET', /./, { json: map })
    await client.resource(resources.configMaps).get({ name: '../x?y', namespace: 'n' }, ctx)
    expect(transport.requests[0]?.path).toBe('/api/v1/namespaces/n/configmaps/../x?y')
    expect(transport.requests[0]?.query).toEqual({})
  })

  it('asks for a page with every option, and completes its items', async () => {
    const { client, transport, ctx } = setupClient()
    const items = [{ metadata: { name: 'm', namespace: 'n' } }]
    transport.on('GET', '/api/v1/namespaces/n/configmaps', {
      json: { kind: 'ConfigMapList', metadata: { resourceVersion: '9', continue: 'next' }, items },
    })
    const page = await client.resource(resources.configMaps).list(
      {
        namespace: 'n',
        labelSelector: 'a=b',
        fieldSelector: 'metadata.name=m',
        limit: 1,
        continue: 'tok',
        resourceVersion: '5',
        resourceVersionMatch: 'Exact',
      },
      ctx,
    )
    expect(page).toEqual({
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'n' } }],
      resourceVersion: '9',
      continue: 'next',
    })
    expect(transport.requests[0]?.query).toEqual({
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=m',
      limit: '1',
      continue: 'tok',
      resourceVersion: '5',
      resourceVersionMatch: 'Exact',
    })
  })

  it('takes a list without items for an empty one', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('GET', '/api/v1/configmaps', {
      json: { kind: 'ConfigMapList', metadata: { resourceVersion: '9' }, items: null },
    })
    expect(await client.resource(resources.configMaps).list({}, ctx)).toEqual({ items: [], resourceVersion: '9' })
  })

  it('reads all pages with one token after another', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('GET', '/api/v1/persistentvolumes', ({ query }) => {
      const start = Number(query['continue'] ?? 0)
      const items = [0, 1].map((i) => ({ metadata: { name: `pv-${start + i}` } }))
      const metadata = { resourceVersion: '9', ...(start < 4 ? { continue: String(start + 2) } : {}) }
      return { json: { metadata, items } }
    })
    const { items, resourceVersion } = await client
      .resource(resources.persistentVolumes)
      .listAll({ resourceVersion: '3', resourceVersionMatch: 'Exact', limit: 2 }, ctx)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['pv-0', 'pv-1', 'pv-2', 'pv-3', 'pv-4', 'pv-5'])
    expect(resourceVersion).toBe('9')
    expect(transport.requests.map(({ query }) => query)).toEqual([
      { limit: '2', resourceVersion: '3', resourceVersionMatch: 'Exact' },
      { limit: '2', continue: '2' },
      { limit: '2', continue: '4' },
    ])
  })

  it('lists in one piece when the token expires between pages', async () => {
    const { client, transport, ctx } = setupClient()
    transport
      .on(
        'GET',
        '/api/v1/persistentvolumes',
        { json: { metadata: { resourceVersion: '1', continue: 't' }, items: [{ metadata: { name: 'old' } }] } },
        { times: 1 },
      )
      .on('GET', '/api/v1/persistentvolumes', statusAnswer(410, 'Expired'), { times: 1 })
      .on('GET', '/api/v1/persistentvolumes', {
        json: { metadata: { resourceVersion: '8' }, items: [{ metadata: { name: 'new' } }] },
      })
    const all = await client.resource(resources.persistentVolumes).listAll({ labelSelector: 'a' }, ctx)
    expect(all).toMatchObject({ items: [{ metadata: { name: 'new' } }], resourceVersion: '8' })
    expect(transport.requests[2]?.query).toEqual({ labelSelector: 'a' })
  })
})

describe('writing', () => {
  it('creates: kind and version are filled in, options become parameters', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('POST', '/api/v1/namespaces/n/configmaps', ({ body }) => ({ status: 201, json: body }))
    const created = await client
      .resource(resources.configMaps)
      .create({ metadata: { name: 'm', namespace: 'n' }, data: { a: 'b' } }, ctx, { dryRun: true, fieldManager: 'me' })
    expect(created).toEqual(map)
    expect(transport.requests).toMatchObject([
      { query: { dryRun: 'All', fieldManager: 'me' }, headers: { 'content-type': 'application/json' } },
    ])
  })

  it('replaces the object or its status', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('PUT', /./, ({ body }) => ({ json: body }))
    const volumes = client.resource(resources.persistentVolumes)
    expect(await volumes.update(volume, ctx)).toEqual(volume)
    await volumes.updateStatus(volume, ctx)
    expect(transport.requests.map(({ path }) => path)).toEqual([
      '/api/v1/persistentvolumes/pv-1',
      '/api/v1/persistentvolumes/pv-1/status',
    ])
  })

  it.each([
    { patch: { type: 'merge', body: { a: null } }, contentType: 'application/merge-patch+json' },
    { patch: { type: 'strategic', body: { a: 1 } }, contentType: 'application/strategic-merge-patch+json' },
    { patch: { type: 'json', body: [{ op: 'remove', path: '/a' }] }, contentType: 'application/json-patch+json' },
    { patch: { type: 'apply', body: { a: 1 } }, contentType: 'application/apply-patch+yaml' },
  ] as const)('sends a $patch.type patch', async ({ patch, contentType }) => {
    const { client, transport, ctx } = setupClient()
    transport.on('PATCH', '/api/v1/persistentvolumes/pv-1/status', { json: volume })
    await client
      .resource(resources.persistentVolumes)
      .patch({ name: 'pv-1' }, patch, ctx, { subresource: 'status', fieldManager: 'me', force: true })
    expect(transport.requests).toMatchObject([
      { body: patch.body, headers: { 'content-type': contentType }, query: { fieldManager: 'me', force: 'true' } },
    ])
  })

  it('deletes with preconditions and policy', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('DELETE', '/api/v1/persistentvolumes/pv-1', { json: { kind: 'Status', status: 'Success' } })
    await client.resource(resources.persistentVolumes).delete({ name: 'pv-1' }, ctx, {
      uid: 'u',
      resourceVersion: '7',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Foreground',
    })
    expect(transport.requests[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'u', resourceVersion: '7' },
      gracePeriodSeconds: 0,
      propagationPolicy: 'Foreground',
    })
  })

  it('renews leases on a connection of their own', async () => {
    const { client, transport, ctx } = setupClient()
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l', namespace: 'n' },
    }
    transport.on('PUT', '/apis/coordination.k8s.io/v1/namespaces/n/leases/l', { json: lease })
    await client.resource(resources.leases).update(lease, ctx)
    expect(transport.requests[0]?.lane).toBe('reserved')
  })

  it.each([
    {
      why: 'a namespaced object without a namespace',
      does: () => ({ name: 'x' }),
      says: 'ConfigMap x needs a namespace',
    },
    { why: 'an object without a name', does: () => ({ name: '', namespace: 'n' }), says: 'ConfigMap needs a name' },
  ])('sends nothing for $why', async ({ does, says }) => {
    const { client, transport, ctx } = setupClient()
    const maps = client.resource(resources.configMaps)
    await expect(maps.get(does(), ctx)).rejects.toThrow(says)
    await expect(maps.delete(does(), ctx)).rejects.toThrow(says)
    await expect(maps.patch(does(), { type: 'merge', body: {} }, ctx)).rejects.toThrow(says)
    expect(transport.requests).toEqual([])
  })

  it('refuses an apply patch without a field manager, and a create without a namespace', async () => {
    const { client, ctx } = setupClient()
    const maps = client.resource(resources.configMaps)
    await expect(maps.patch({ name: 'm', namespace: 'n' }, { type: 'apply', body: {} }, ctx)).rejects.toThrow(
      'an apply patch needs a fieldManager',
    )
    await expect(maps.create({ metadata: { name: 'm' } }, ctx)).rejects.toThrow('ConfigMap m needs a namespace')
  })

  it('deletes a collection by selectors, and never all namespaces of a resource', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('DELETE', /configmaps$/, { json: { kind: 'ConfigMapList', items: [] } })
    const maps = client.resource(resources.configMaps)
    await maps.deleteCollection({ namespace: 'n', labelSelector: 'a=b', propagationPolicy: 'Background' }, ctx)
    expect(transport.requests).toMatchObject([
      {
        path: '/api/v1/namespaces/n/configmaps',
        query: { labelSelector: 'a=b' },
        body: { kind: 'DeleteOptions', propagationPolicy: 'Background' },
      },
    ])
    await expect(maps.deleteCollection({ labelSelector: 'a=b' }, ctx)).rejects.toThrow(
      'deleting all configmaps needs a namespace',
    )
    expect(transport.requests).toHaveLength(1)
  })
})

describe('metadata only', () => {
  it('asks for partial objects and gives them the kind of the real ones', async () => {
    const { client, transport, ctx } = setupClient()
    const partial = {
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadata',
      metadata: { name: 'm', namespace: 'n' },
    }
    const real = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'n' } }
    const one = '/api/v1/namespaces/n/configmaps/m'
    transport
      .on('GET', one, { json: partial })
      .on('PATCH', one, { json: partial })
      .on('GET', '/api/v1/configmaps', ({ query }) =>
        query['watch'] === 'true'
          ? { text: `${JSON.stringify({ type: 'ADDED', object: partial })}\n` }
          : { json: { metadata: { resourceVersion: '1' }, items: [partial] } },
      )
    const maps = client.resource(resources.configMaps).metadata()
    const ref = { name: 'm', namespace: 'n' }
    expect(await maps.get(ref, ctx)).toEqual(real)
    expect(await maps.patch(ref, { type: 'merge', body: {} }, ctx)).toEqual(real)
    expect((await maps.list({}, ctx)).items).toEqual([real])
    expect(await collect(maps.watch({}, ctx))).toEqual([{ type: 'ADDED', object: real }])
    const one1 = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    const list = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    expect(transport.requests.map(({ headers }) => headers['accept'])).toEqual([one1, one1, list, one1])
    await expect(maps.create(real, ctx)).rejects.toThrow('a metadata client has no whole ConfigMap to send')
  })
})

describe('subresources and raw requests', () => {
  it('reads and creates other representations', async () => {
    const { client, transport, ctx } = setupClient()
    transport
      .on('GET', '/apis/apps/v1/namespaces/n/deployments/d/scale', { json: { spec: { replicas: 2 } } })
      .on('POST', '/api/v1/namespaces/n/pods/p/eviction', { status: 201, json: { status: 'Success' } })
    const scale = await client
      .resource(resources.deployments)
      .getSubresource({ name: 'd', namespace: 'n' }, 'scale', ctx)
    expect(scale).toEqual({ spec: { replicas: 2 } })
    await client
      .resource(resources.pods)
      .createSubresource({ name: 'p', namespace: 'n' }, 'eviction', { kind: 'Eviction' }, ctx)
    expect(transport.requests[1]?.body).toEqual({ kind: 'Eviction' })
  })

  it('sends what no method covers', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('POST', '/x', { text: 'done', status: 202 }).on('GET', '/y', statusAnswer(404, 'NotFound', 'no y'))
    const answer = await client.raw(
      { method: 'POST', path: '/x', query: { a: 'b c' }, body: { c: 1 }, headers: { accept: '*/*' } },
      ctx,
    )
    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 202, text: 'done' })
    expect(transport.requests).toMatchObject([{ query: { a: 'b c' }, body: { c: 1 }, headers: { accept: '*/*' } }])
    await expect(client.raw({ method: 'GET', path: '/y' }, ctx)).rejects.toMatchObject({ code: 404, message: 'no y' })
  })
})
