import { type ConfigMap, type PersistentVolume, resources } from '@csi-ts/kube-api'
import { type EmbeddedApiServer, startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlreadyExists, isConflict, isGone, isInvalid, isNotFound } from './api-error.ts'
import type { KubeClient, NewObject } from './client.ts'
import { createKubeClient } from './kube-client.ts'
import { collect } from './testing/collect.ts'
import { requestToken } from './token-request.ts'

let cluster: EmbeddedApiServer
let client: KubeClient
const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }

beforeAll(async () => {
  cluster = await startEmbeddedCluster()
  client = createKubeClient({ config: cluster.config, userAgent: 'spec/1' })
})
afterAll(async () => {
  client.close()
  await cluster.close()
})

const namespace = 'default'
function map(name: string, data: Record<string, string> = {}): NewObject<ConfigMap> {
  return { metadata: { name, namespace }, data }
}
function volume(name: string): NewObject<PersistentVolume> {
  const csi = { driver: 'd', volumeHandle: name }
  return { metadata: { name }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi } }
}

describe('against an API server', () => {
  it('creates, reads, replaces, patches in every way and deletes', async () => {
    const maps = client.resource(resources.configMaps)
    const ref = { name: 'life', namespace }
    const created = await maps.create(map('life', { a: '1' }), ctx)
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
    expect(await maps.get(ref, ctx)).toEqual(created)
    await expect(maps.create(map('life'), ctx)).rejects.toSatisfy(isAlreadyExists)

    await maps.update({ ...created, data: { a: '2' } }, ctx)
    await expect(maps.update({ ...created, data: { a: '3' } }, ctx)).rejects.toSatisfy(isConflict)
    await maps.patch(ref, { type: 'merge', body: { data: { a: null, b: '1' } } }, ctx)
    await maps.patch(ref, { type: 'strategic', body: { metadata: { finalizers: ['spec/x'] } } }, ctx)
    await maps.patch(ref, { type: 'json', body: [{ op: 'add', path: '/data/c', value: '1' }] }, ctx)
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'life' }, data: { d: '1' } }
    const now = await maps.patch(ref, { type: 'apply', body: applied }, ctx, { fieldManager: 'spec' })
    expect(now).toMatchObject({ data: { b: '1', c: '1', d: '1' }, metadata: { finalizers: ['spec/x'] } })

    await expect(maps.delete(ref, ctx, { uid: 'another' })).rejects.toSatisfy(isConflict)
    await maps.delete(ref, ctx)
    expect((await maps.get(ref, ctx)).metadata.deletionTimestamp).toBeDefined()
    await maps.patch(ref, { type: 'merge', body: { metadata: { finalizers: null } } }, ctx)
    await expect(maps.get(ref, ctx)).rejects.toSatisfy(isNotFound)
  })

  it('gets the reasons of the server', async () => {
    const invalid = client.resource(resources.persistentVolumes).create({ metadata: { name: 'UPPER' }, spec: {} }, ctx)
    const error: unknown = await invalid.catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(isInvalid)
    expect(error).toMatchObject({
      verb: 'create',
      path: '/api/v1/persistentvolumes',
      details: { causes: expect.any(Array) },
    })
  })

  it('deletes what selectors match', async () => {
    const maps = client.resource(resources.configMaps)
    for (const [name, color] of [
      ['red-1', 'red'],
      ['red-2', 'red'],
      ['blue-1', 'blue'],
    ] as const)
      await maps.create({ metadata: { name, namespace, labels: { color } } }, ctx)
    await maps.deleteCollection({ namespace, labelSelector: 'color=red' }, ctx)
    const { items } = await maps.list({ namespace, labelSelector: 'color' }, ctx)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['blue-1'])
  })

  it('stores nothing in a dry run', async () => {
    const maps = client.resource(resources.configMaps)
    await maps.create(map('dry'), ctx, { dryRun: true })
    await expect(maps.get({ name: 'dry', namespace }, ctx)).rejects.toSatisfy(isNotFound)
  })

  it('pages, selects and completes the items of lists', async () => {
    const volumes = client.resource(resources.persistentVolumes)
    const names = ['page-0', 'page-1', 'page-2', 'page-3', 'page-4']
    for (const name of names)
      await volumes.create({ ...volume(name), metadata: { name, labels: { list: 'pages' } } }, ctx)
    const { items } = await volumes.listAll({ labelSelector: 'list=pages', limit: 2 }, ctx)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names)
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'PersistentVolume' })
    const one = await volumes.list({ fieldSelector: 'metadata.name=page-3' }, ctx)
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual(['page-3'])

    const first = await volumes.list({ labelSelector: 'list=pages', limit: 2 }, ctx)
    await client.resource(resources.configMaps).create(map('later'), ctx)
    cluster.forgetHistory()
    const expired = volumes.list({ labelSelector: 'list=pages', limit: 2, continue: first.continue }, ctx)
    await expect(expired).rejects.toSatisfy(isGone)

    const partial = await volumes.metadata().list({ labelSelector: 'list=pages', limit: 1 }, ctx)
    expect(partial.items).toEqual([
      { apiVersion: 'v1', kind: 'PersistentVolume', metadata: expect.objectContaining({ name: 'page-0' }) },
    ])
  })

  it('watches from a version on, until the server ends it', async () => {
    const maps = client.resource(resources.configMaps)
    const { resourceVersion } = await maps.listAll({ namespace }, ctx)
    const created = await maps.create(map('watched'), ctx)
    const changed = await maps.update({ ...created, data: { a: '1' } }, ctx)
    await maps.delete({ name: 'watched', namespace }, ctx)
    const events = await collect(
      maps.watch({ namespace, resourceVersion, timeoutSeconds: 1, allowBookmarks: false }, ctx),
    )
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    expect(events[0]?.object).toEqual(created)
    expect(events[1]?.object).toEqual(changed)
  })

  it('gets a token for a service account', async () => {
    const account = { name: 'default', namespace }
    await client
      .resource(resources.serviceAccounts)
      .create({ metadata: account }, ctx)
      .catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
      })
    const { token, expirationTimestamp } = await requestToken(
      client,
      account,
      { audiences: ['x'], expirationSeconds: 600 },
      ctx,
    )
    expect(token.split('.')).toHaveLength(3)
    expect(Date.parse(expirationTimestamp)).toBeGreaterThan(Date.now())
  })
})
