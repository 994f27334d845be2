import { untilAborted } from '@csi-ts/concurrency'
import { type KubeObject, type PersistentVolume, type ResourceType, resources } from '@csi-ts/kube-api'
import { createKubeClient } from '@csi-ts/kube-client'
import { type EmbeddedApiServer, type FaultProxy, startEmbeddedCluster, startFaultProxy } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEventRecorder } from './events/event-recorder.ts'
import type { Cached } from './informer/cached.ts'
import { createInformers, type Informers, type InformersOptions } from './informer/informers.ts'
import { createLeaderElector } from './leader-election/leader-elector.ts'
import type { Needs } from './needs.ts'
import { TrackingHandler } from './testing/index.ts'

const { persistentVolumes: volumes, configMaps, events, eventsV1, leases } = resources

interface World {
  readonly api: EmbeddedApiServer
  readonly proxy: FaultProxy
  readonly ctx: WorkContext
  /** Puts objects there, past the proxy. */
  put(name: string, data: string): Promise<void>
  remove(name: string): Promise<void>
  /** Informers behind the proxy, started and synced. */
  informers(needs: Needs, options?: Partial<InformersOptions>): Promise<Informers>
}

async function startWorld(): Promise<World> {
  const stop = new AbortController()
  const ctx = { signal: stop.signal, log: silentLogger }
  const api = await startEmbeddedCluster({ bookmarkIntervalMs: 100 })
  const proxy = await startFaultProxy({ upstream: api.config, log: silentLogger })
  const all: Informers[] = []
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(all.map(({ stopped }) => stopped))
    await proxy.close()
    await api.close()
  })
  const maps = api.client('world').resource(configMaps)
  const ref = (name: string) => ({ namespace: 'default', name })
  return {
    api,
    proxy,
    ctx,
    async put(name, data) {
      const patch = {
        type: 'apply',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { data } },
      } as const
      await maps.patch(ref(name), patch, ctx, { fieldManager: 'world', force: true })
    },
    remove: (name) => maps.delete(ref(name), ctx),
    async informers(needs, options) {
      const client = createKubeClient({ config: proxy.config, userAgent: 'informers' })
      const informers = createInformers({ client, freeze: true, ...options })
      informers.register(needs)
      all.push(informers)
      informers.start(ctx)
      await informers.synced(ctx)
      return informers
    },
  }
}

const mapNeed: Needs = [{ resource: configMaps, namespace: 'default', verbs: ['list', 'watch'], fields: ['data'] }]

/** Resolves when the object in the cache satisfies the condition; undefined stands for one that is not there. */
function seen<T extends KubeObject>(
  informers: Informers,
  type: ResourceType<T>,
  name: string,
  condition: (object: Cached<T> | undefined) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const informer = informers.informer(type)
    const look = (): void => {
      if (condition(informer.lister.list().find(({ metadata }) => metadata.name === name))) resolve()
    }
    informer.addHandler({ add: look, update: look, delete: look })
    look()
  })
}

describe('informers and an API server over TLS', () => {
  it.each([{ streamInitialList: false }, { streamInitialList: true }])(
    'fill, follow, survive dropped connections and forgotten history ($streamInitialList)',
    async ({ streamInitialList }) => {
      const world = await startWorld()
      for (let index = 0; index < 25; index++) await world.put(`map-${index}`, '1')
      const tracker = new TrackingHandler()
      const informers = await world.informers(mapNeed, { pageSize: 10, streamInitialList, random: () => 0 })
      informers.informer(configMaps).addHandler(tracker)
      expect(informers.informer(configMaps).lister.size).toBe(25)

      await world.put('map-0', '2')
      await seen(informers, configMaps, 'map-0', (map) => map?.data?.['data'] === '2')
      world.proxy.dropConnections()
      await world.put('map-1', '2')
      await world.remove('map-2')
      await seen(informers, configMaps, 'map-1', (map) => map?.data?.['data'] === '2')
      await seen(informers, configMaps, 'map-2', (map) => map === undefined)

      world.proxy.dropConnections()
      await world.put('map-3', '2')
      await world.remove('map-4')
      world.api.forgetHistory()
      await seen(informers, configMaps, 'map-3', (map) => map?.data?.['data'] === '2')
      await seen(informers, configMaps, 'map-4', (map) => map === undefined)

      expect(tracker.contradictions).toEqual([])
      const truth = await world.api.client().resource(configMaps).listAll({ namespace: 'default' }, world.ctx)
      const versions = truth.items.map(({ metadata }) => [`default/${metadata.name}`, metadata.resourceVersion])
      expect(tracker.versions()).toEqual(Object.fromEntries(versions))
    },
  )

  it('reads pages of the size that was asked for, or one stream', async () => {
    const world = await startWorld()
    for (let index = 0; index < 25; index++) await world.put(`map-${index}`, '1')
    const readsOf = (): readonly string[] =>
      world.api.requests
        .all()
        .filter(
          ({ resource, userAgent, code }) => resource === 'configmaps' && userAgent === 'informers' && code === 200,
        )
        .map(({ verb }) => verb)
    await world.informers(mapNeed, { pageSize: 10 })
    await expect.poll(readsOf).toEqual(['list', 'list', 'list', 'watch'])
    world.api.requests.clear()
    await world.informers(mapNeed, { streamInitialList: true })
    await expect.poll(readsOf).toEqual(['watch'])
  })

  it('select, and fetch metadata only, at the server', async () => {
    const world = await startWorld()
    await world.put('one', 'x')
    await world.put('two', 'x')
    const verbs = ['list', 'watch'] as const
    const informers = await world.informers([
      {
        resource: configMaps,
        verbs,
        fields: ['metadata.labels'],
        fieldSelector: 'metadata.name=two',
        metadataOnly: true,
      },
    ])
    const [map, ...others] = informers.informer(configMaps).lister.list()
    expect(map).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'two' } })
    expect(map).not.toHaveProperty('data')
    expect(others).toEqual([])
  })

  it('keep up while a request in a few fails, in every way that the proxy knows', async () => {
    const world = await startWorld()
    await world.put('map', '0')
    const informers = await world.informers(mapNeed)
    const tracker = new TrackingHandler()
    informers.informer(configMaps).addHandler(tracker)
    const match = { resource: 'configmaps' }
    for (const [round, action] of [
      { kind: 'cut' } as const,
      { kind: 'fail', code: 500, reason: 'InternalError' } as const,
      { kind: 'fail', code: 410, reason: 'Expired' } as const,
      { kind: 'delay', ms: 50 } as const,
    ].entries()) {
      world.proxy.fault({ match, when: 'before', action })
      world.proxy.dropConnections()
      await world.put('map', `round ${round}`)
      await seen(informers, configMaps, 'map', (map) => map?.data?.['data'] === `round ${round}`)
    }
    expect(tracker.contradictions).toEqual([])
  })
})

describe('events and an API server over TLS', () => {
  const storedVolume = (world: World): Promise<PersistentVolume> => {
    const csi = { driver: 'd', volumeHandle: 'h' }
    const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi }
    return world.api
      .client()
      .resource(volumes)
      .create({ metadata: { name: 'pv' }, spec }, world.ctx)
  }

  it.each(['v1', 'events.k8s.io/v1'] as const)('are accepted, counted and found in both groups (%s)', async (api) => {
    const world = await startWorld()
    const client = world.api.client()
    const recorder = createEventRecorder({ api, client, component: 'test', log: silentLogger })
    const volume = await storedVolume(world)
    for (let time = 0; time < 3; time++) recorder.warning(volume, 'VolumeFailedDelete', 'busy', { action: 'Deleting' })
    await recorder.flush(world.ctx)
    recorder.close()
    const counts = { v1: { count: 3 }, 'events.k8s.io/v1': { series: { count: 3 } } }
    const ofCore = { namespace: 'default', fieldSelector: `involvedObject.uid=${volume.metadata.uid}` }
    expect((await client.resource(events).listAll(ofCore, world.ctx)).items).toMatchObject([
      { reason: 'VolumeFailedDelete', message: 'busy', involvedObject: { name: 'pv' }, ...counts[api] },
    ])
    const ofV1 = { namespace: 'default', fieldSelector: `regarding.uid=${volume.metadata.uid}` }
    expect((await client.resource(eventsV1).listAll(ofV1, world.ctx)).items).toMatchObject([
      { reason: 'VolumeFailedDelete', note: 'busy', action: 'Deleting', regarding: { name: 'pv' } },
    ])
  })

  it('a series goes on being patched', async () => {
    const world = await startWorld()
    const client = world.api.client()
    const recorder = createEventRecorder({ api: 'events.k8s.io/v1', client, component: 'test', log: silentLogger })
    const volume = await storedVolume(world)
    const counts: unknown[] = []
    for (let time = 0; time < 3; time++) {
      recorder.normal(volume, 'Waiting', 'for a node')
      await recorder.flush(world.ctx)
      const { items } = await client.resource(eventsV1).listAll({ namespace: 'default' }, world.ctx)
      counts.push(items.map(({ series }) => series?.count))
    }
    recorder.close()
    expect(counts).toEqual([[undefined], [2], [3]])
  })
})

describe('leader election and an API server over TLS', () => {
  it('one of two leads, and the other when the first has let go', async () => {
    const world = await startWorld()
    const lease = { namespace: 'default', name: 'lock' }
    const order: string[] = []
    const candidate = (identity: string) => {
      const stop = new AbortController()
      const elector = createLeaderElector({
        client: world.api.client(),
        lease,
        identity,
        leaseDurationMs: 2000,
        renewDeadlineMs: 1000,
        retryPeriodMs: 50,
        releaseOnExit: true,
        log: silentLogger,
      })
      const leads = Promise.withResolvers<void>()
      const ended = elector.run({ signal: stop.signal, log: silentLogger }, async ({ signal }) => {
        order.push(`${identity} leads`)
        leads.resolve()
        await untilAborted(signal)
        order.push(`${identity} ends`)
      })
      return { leads: leads.promise, ended, stop: () => stop.abort() }
    }
    const a = candidate('a')
    await a.leads
    const b = candidate('b')
    a.stop()
    expect(await a.ended).toBe('released')
    await b.leads
    b.stop()
    await b.ended
    expect(order).toEqual(['a leads', 'a ends', 'b leads', 'b ends'])
    const { spec } = await world.api.client().resource(leases).get(lease, world.ctx)
    expect(spec).toMatchObject({ leaseTransitions: 1 })
  })
})
