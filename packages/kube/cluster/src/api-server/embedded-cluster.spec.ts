import { resources } from '@csi-ts/kube-api'
import { createKubeClient } from '@csi-ts/kube-client'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedApiServer, startEmbeddedCluster } from './embedded-cluster.ts'

let server: EmbeddedApiServer
let work: WorkContext
beforeEach(async () => {
  work = { signal: new AbortController().signal, log: silentLogger }
  server = await startEmbeddedCluster()
})
afterEach(() => server.close())

describe('who may ask', () => {
  const as = (credentials: { readonly token?: { readonly data: string } }) => {
    const { server: url, ca } = server.config
    return createKubeClient({ config: { server: url, ca, ...credentials }, userAgent: 'spec' })
  }

  it('knows its administrator by certificate and by token', async () => {
    await expect(server.client().resource(resources.nodes).list({}, work)).resolves.toMatchObject({ items: [] })
    const client = as({ token: { data: server.token } })
    await expect(client.resource(resources.nodes).list({}, work)).resolves.toMatchObject({ items: [] })
    client.close()
  })

  it('refuses a token that it does not know, and answers nobody but about its health', async () => {
    const stranger = as({ token: { data: 'x.y.z' } })
    await expect(stranger.resource(resources.nodes).list({}, work)).rejects.toMatchObject({ code: 401 })
    const nobody = as({})
    await expect(nobody.resource(resources.nodes).list({}, work)).rejects.toMatchObject({ code: 403 })
    const health = await nobody.raw({ method: 'GET', path: '/readyz' }, work)
    expect(await health.text()).toBe('ok')
    stranger.close()
    nobody.close()
  })

  it('knows the service account tokens that it has issued', async () => {
    const ref = { name: 'sa', namespace: 'default' }
    await server.client().resource(resources.serviceAccounts).create({ metadata: ref }, work)
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['a'] } }
    const { status } = await server
      .client()
      .resource(resources.serviceAccounts)
      .createSubresource<{ status: { token: string } }>(ref, 'token', request, work)
    const client = as({ token: { data: status.token } })
    await client.resource(resources.nodes).list({}, work)
    expect(server.requests.all().at(-1)?.user).toBe('system:serviceaccount:default:sa')
    client.close()
  })
})

describe('another client', () => {
  function official(): { readonly config: KubeConfig; readonly core: CoreV1Api } {
    const config = new KubeConfig()
    config.loadFromString(server.kubeconfig)
    return { config, core: config.makeApiClient(CoreV1Api) }
  }

  it('lists, creates and pages', async () => {
    const { core } = official()
    for (const name of ['a', 'b', 'c']) {
      await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name }, data: { name } } })
    }
    const first = await core.listNamespacedConfigMap({ namespace: 'default', limit: 2 })
    expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b'])
    const rest = await core.listNamespacedConfigMap({
      namespace: 'default',
      // oxlint-disable-next-line no-underscore-dangle -- as the official client spells it
      _continue: first.metadata?._continue ?? '',
    })
    expect(rest.items.map(({ data }) => data)).toEqual([{ name: 'c' }])
  })

  it('watches', async () => {
    const { config, core } = official()
    const seen: string[] = []
    const three = Promise.withResolvers<void>()
    const request = await new Watch(config).watch(
      '/api/v1/namespaces/default/configmaps',
      {},
      (type, object: { metadata: { name: string } }) => {
        seen.push(`${type} ${object.metadata.name}`)
        if (seen.length === 3) three.resolve()
      },
      () => three.resolve(),
    )
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'a' } } })
    await core.replaceNamespacedConfigMap({
      name: 'a',
      namespace: 'default',
      body: { metadata: { name: 'a' }, data: { k: 'v' } },
    })
    await core.deleteNamespacedConfigMap({ name: 'a', namespace: 'default' })
    await three.promise
    request.abort()
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
  })
})

describe('the server', () => {
  it('starts with the namespaces of a new cluster', async () => {
    const { items } = await server.client().resource(resources.namespaces).list({}, work)
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ])
  })

  it('records every request for a resource', async () => {
    const claims = server.client('spec/1').resource(resources.persistentVolumeClaims)
    await claims
      .patch({ name: 'c', namespace: 'ns' }, { type: 'merge', body: {} }, work, { subresource: 'status' })
      .catch(() => undefined)
    expect(server.requests.all()).toEqual([
      {
        verb: 'patch',
        group: '',
        version: 'v1',
        resource: 'persistentvolumeclaims',
        namespace: 'ns',
        name: 'c',
        subresource: 'status',
        userAgent: 'spec/1',
        user: 'admin',
        contentType: 'application/merge-patch+json',
        code: 404,
        timeMs: expect.any(Number),
      },
    ])
    server.requests.clear()
    expect(server.requests.all()).toEqual([])
  })

  it('describes what it serves, in both forms of discovery and as OpenAPI', async () => {
    const get = async (path: string, accept: string) => {
      const response = await server.client().raw({ method: 'GET', path, headers: { accept } }, work)
      return JSON.parse(await response.text()) as Record<string, unknown>
    }
    const list = await get('/apis/storage.k8s.io/v1', 'application/json')
    expect(list['resources']).toContainEqual(
      expect.objectContaining({ name: 'volumeattachments/status', kind: 'VolumeAttachment' }),
    )
    const aggregated = await get(
      '/api',
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
    )
    expect(aggregated).toMatchObject({ kind: 'APIGroupDiscoveryList', items: [{ versions: [{ version: 'v1' }] }] })
    const openApi = await get('/openapi/v3/apis/storage.k8s.io/v1', 'application/json')
    expect(Object.keys(openApi['paths'] as object)).toContain('/apis/storage.k8s.io/v1/csinodes/{name}')
    expect(await get('/openapi/v2', 'application/json')).toMatchObject({ swagger: '2.0' })
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    const empty = await server.client().raw({ method: 'GET', path: '/openapi/v2', headers: { accept } }, work)
    expect([empty.status, await empty.text()]).toEqual([200, ''])
  })

  it('prints tables', async () => {
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'd', volumeHandle: 'h' },
    }
    await server
      .client()
      .resource(resources.persistentVolumes)
      .create({ metadata: { name: 'pv' }, spec }, work)
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }
    const response = await server.client().raw({ method: 'GET', path: '/api/v1/persistentvolumes', headers }, work)
    const { rows } = JSON.parse(await response.text()) as { rows: { cells: unknown[] }[] }
    expect(rows[0]?.cells).toEqual(['pv', '1Gi', 'RWO', 'Retain', 'Pending', '', '', '<unset>', '', '0s', 'Filesystem'])
  })

  it('ends its watches when it closes', async () => {
    const watch = server.client().resource(resources.nodes).watch({ resourceVersion: '1' }, work)
    const events = watch[Symbol.asyncIterator]()
    const next = events.next()
    await server
      .client()
      .resource(resources.nodes)
      .create({ metadata: { name: 'n' } }, work)
    await expect(next).resolves.toMatchObject({ value: { type: 'ADDED' } })
    const end = events.next().catch(() => ({ done: true }))
    await server.close()
    await expect(end).resolves.toMatchObject({ done: true })
  })

  it('sends bookmarks as often as it is told', async () => {
    await using quick = await startEmbeddedCluster({ bookmarkIntervalMs: 20 })
    const watch = quick.client().resource(resources.nodes).watch({ resourceVersion: '1' }, work)
    const events = watch[Symbol.asyncIterator]()
    await expect(events.next()).resolves.toMatchObject({
      value: { type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } },
    })
    await events.return?.()
  })
})
