import { keyOf, type PersistentVolume, resources } from '@csi-ts/kube-api'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import type { ResourceNeed } from '../needs.ts'
import { type MemoryApi, TrackingHandler } from '../testing/index.ts'
import { volumeNeed, volumeOf } from '../testing/informers-setup.ts'
import { serverError, useInformers } from '../testing/use-informers.ts'

const { persistentVolumes: volumes, pods } = resources

describe('Informers', () => {
  it('fills the cache, then follows changes', async () => {
    const { api, informers, start, clock } = useInformers()
    api.put(volumes, volumeOf('a'))
    const { lister } = informers.informer(volumes)
    expect(lister.size).toBe(0)
    await start()
    expect(lister.get('a')?.spec?.csi?.driver).toBe('d')
    api.put(volumes, volumeOf('b', 'other'))
    await clock.advance(0)
    expect(lister.byIndex('byDriver', 'other').map(keyOf)).toEqual(['b'])
    api.remove(volumes, { name: 'a' })
    await clock.advance(0)
    expect(lister.list().map(keyOf)).toEqual(['b'])
  })

  it('holds only the fields that were named, and the kind that lists leave out', async () => {
    const { api, informers, start } = useInformers()
    api.put(volumes, volumeOf('a'))
    await start()
    const cached = informers.informer(volumes).lister.get('a')
    expect(cached).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'a', uid: 'uid-1', resourceVersion: '101', creationTimestamp: '2024-01-02T03:04:05Z' },
      spec: { csi: { driver: 'd' } },
    })
  })

  it('unites what several components need in one cache with one watch', async () => {
    const other: ResourceNeed<PersistentVolume> = { ...volumeNeed, fields: ['metadata.labels'], indexes: {} }
    const { api, informers, start } = useInformers({ needs: [volumeNeed, other] })
    api.put(volumes, volumeOf('a'))
    await start()
    expect(informers.informer(volumes).lister.get('a')).toMatchObject({
      metadata: { labels: { app: 'a' } },
      spec: { csi: { driver: 'd' } },
    })
    expect(api.calls.map(({ verb }) => verb)).toEqual(['list', 'watch'])
  })

  it('reads pages, and watches from the moment of the first', async () => {
    const { api, informers, start } = useInformers({ pageSize: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) api.put(volumes, volumeOf(name))
    await start()
    expect(informers.informer(volumes).lister.size).toBe(5)
    expect(api.calls.map(({ verb }) => verb)).toEqual(['list', 'list', 'list', 'watch'])
  })

  it('starts again from the first page when the list expires on the way', async () => {
    const { api, informers, start } = useInformers({ pageSize: 2 })
    for (const name of ['a', 'b', 'c']) api.put(volumes, volumeOf(name))
    let lists = 0
    api.faults = {
      before: ({ verb }) => {
        if (verb !== 'list' || ++lists !== 2) return
        api.put(volumes, volumeOf('d'))
        api.forgetHistory()
      },
    }
    await start()
    expect(informers.informer(volumes).lister.list().map(keyOf)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('opens a watch that ended in peace again at once, from where it was', async () => {
    const { api, informers, start, clock } = useInformers()
    api.put(volumes, volumeOf('a'))
    await start()
    await clock.advance(5000)
    api.put(volumes, volumeOf('b'))
    await clock.advance(5000)
    api.endWatches()
    api.put(volumes, volumeOf('c'))
    await clock.advance(0)
    expect(informers.informer(volumes).lister.size).toBe(3)
    expect(api.calls.map(({ verb }) => verb)).toEqual(['list', 'watch', 'watch'])
  })

  it('waits longer and longer while watches fail, says so once, and does not list again', async () => {
    const { api, informers, start, clock, lines } = useInformers()
    await start()
    const opened: number[] = []
    const since = clock.monotonicMs()
    api.faults = {
      before: ({ verb }) => {
        opened.push(clock.monotonicMs() - since)
        expect(verb).toBe('watch')
        if (opened.length < 5) throw new Error('connection refused')
      },
    }
    api.endWatches(new Error('connection reset'))
    await clock.advance(60_000)
    // Between tries 0.8, 1.6, 3.2 ... s, up to the cap; without jitter, which this test has turned off.
    expect(opened).toEqual([800, 2400, 5600, 12_000, 24_800])
    api.put(volumes, volumeOf('a'))
    await clock.advance(0)
    expect(informers.informer(volumes).lister.size).toBe(1)
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(lines.filter(({ message }) => message === 'watch recovered')).toHaveLength(1)
  })

  it.each([
    { how: 'the watch is answered with 410', fail: (api: MemoryApi) => api.endWatches(serverError(410, 'Expired')) },
    { how: 'an ERROR event says 410', fail: (api: MemoryApi) => api.endWatches(serverError(410, 'Gone')) },
  ])('lists again at once when $how, and tells of what went away meanwhile', async ({ fail }) => {
    const { api, informers, start, clock } = useInformers()
    const tracker = new TrackingHandler<PersistentVolume>()
    informers.informer(volumes).addHandler(tracker)
    for (const name of ['a', 'b', 'c']) api.put(volumes, volumeOf(name))
    await start()
    api.faults = { before: () => new Promise((resolve) => void clock.setTimer(50, resolve)) }
    fail(api)
    await clock.advance(10)
    api.remove(volumes, { name: 'a' })
    api.put(volumes, volumeOf('b', 'changed'))
    api.put(volumes, volumeOf('d'))
    api.forgetHistory()
    await clock.advance(1000)
    expect(tracker.calls).toEqual(['add a', 'add b', 'add c', 'delete a', 'update b', 'add d'])
    expect(informers.informer(volumes).lister.list().map(keyOf)).toEqual(['b', 'c', 'd'])
  })

  it('does not flood a server that says 410 again and again', async () => {
    const { api, start, clock } = useInformers()
    await start()
    const lists: number[] = []
    api.faults = {
      before: ({ verb }) => {
        if (verb === 'list') lists.push(clock.monotonicMs())
        if (verb === 'watch') throw serverError(410, 'Expired')
      },
    }
    api.endWatches(serverError(410, 'Expired'))
    await clock.advance(10_000)
    expect(lists).toEqual([0, 800, 2400, 5600])
  })

  it('gives a revision up that the server keeps refusing, as after a restore from a backup', async () => {
    const { api, informers, start, clock } = useInformers()
    api.put(volumes, volumeOf('a'))
    await start()
    let failing = true
    api.faults = {
      before: ({ verb }) => {
        if (verb === 'list') failing = false
        if (verb === 'watch' && failing) throw serverError(504, 'Timeout')
      },
    }
    api.endWatches(serverError(500))
    await clock.advance(60_000)
    api.put(volumes, volumeOf('b'))
    await clock.advance(0)
    expect(informers.informer(volumes).lister.size).toBe(2)
    expect(api.calls.filter(({ verb }) => verb === 'list')).toHaveLength(2)
  })

  it('keeps what it has while the server is away, and catches up', async () => {
    const { api, informers, start, clock } = useInformers()
    api.put(volumes, volumeOf('a'))
    await start()
    api.faults = {
      before: () => {
        throw new Error('connection refused')
      },
    }
    api.endWatches(new Error('connection reset'))
    await clock.advance(3_600_000)
    expect(informers.informer(volumes).lister.size).toBe(1)
    api.put(volumes, volumeOf('b'))
    api.faults = {}
    await clock.advance(30_000)
    expect(informers.informer(volumes).lister.size).toBe(2)
  })

  it('streams the first state where the server can', async () => {
    const { api, informers, start, clock } = useInformers({ streamInitialList: true })
    const tracker = new TrackingHandler<PersistentVolume>()
    informers.informer(volumes).addHandler(tracker)
    for (const name of ['a', 'b']) api.put(volumes, volumeOf(name))
    await start()
    expect(informers.informer(volumes).hasSynced()).toBe(true)
    api.put(volumes, volumeOf('c'))
    await clock.advance(0)
    expect(tracker.calls).toEqual(['add a', 'add b', 'add c'])
    expect(api.calls.map(({ verb }) => verb)).toEqual(['watch'])
  })

  it('falls back to pages where the server refuses to stream', async () => {
    const { api, informers, start } = useInformers({ streamInitialList: true })
    api.put(volumes, volumeOf('a'))
    let refused = false
    api.faults = {
      before: ({ verb }) => {
        if (verb !== 'watch' || refused) return
        refused = true
        throw serverError(422, 'Invalid')
      },
    }
    await start()
    expect(informers.informer(volumes).lister.size).toBe(1)
    expect(api.calls.map(({ verb }) => verb)).toEqual(['watch', 'list', 'watch'])
  })

  it('does without an optional resource that the server refuses, and takes it up when it comes', async () => {
    const { api, informers, ctx, start, clock, lines } = useInformers({
      needs: [
        { ...volumeNeed, optional: true },
        { resource: pods, verbs: ['list', 'watch'], fields: [] },
      ],
    })
    api.faults = {
      before: ({ resource }) => {
        if (resource === 'persistentvolumes') throw serverError(403, 'Forbidden')
      },
    }
    await start()
    await informers.synced(ctx)
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    api.faults = {}
    api.put(volumes, volumeOf('a'))
    await clock.advance(61_000)
    expect(informers.informer(volumes).lister.size).toBe(1)
  })

  it('empties the cache of an optional resource that is gone for good', async () => {
    const { api, informers, start, clock } = useInformers({ needs: [{ ...volumeNeed, optional: true }] })
    const tracker = new TrackingHandler<PersistentVolume>()
    informers.informer(volumes).addHandler(tracker)
    api.put(volumes, volumeOf('a'))
    await start()
    api.faults = {
      before: () => {
        throw serverError(404, 'NotFound')
      },
    }
    api.endWatches(serverError(410))
    await clock.advance(1000)
    expect(tracker.calls).toEqual(['add a', 'delete a'])
  })

  it('is not synced while a resource that is needed is refused', async () => {
    const { api, informers, start, clock } = useInformers()
    api.faults = {
      before: () => {
        throw serverError(403, 'Forbidden')
      },
    }
    await start()
    await clock.advance(300_000)
    expect(informers.informer(volumes).hasSynced()).toBe(false)
    expect(informers.status()).toMatchObject([{ resource: 'persistentvolumes', synced: false }])
    expect(informers.status()[0]?.failures).toBeGreaterThan(5)
  })

  it('watches one namespace, by label and by field, each scope in a cache of its own', async () => {
    const scoped = { resource: pods, verbs: ['list', 'watch'], fields: [] } as const
    const { api, informers, start, clock } = useInformers({
      needs: [
        { ...scoped, namespace: 'shop' },
        { ...scoped, labelSelector: 'app=web' },
        { ...scoped, fieldSelector: 'spec.nodeName=n1' },
      ],
    })
    const pod = (namespace: string, name: string, app: string, nodeName: string) =>
      api.put(pods, { metadata: { namespace, name, labels: { app } }, spec: { nodeName, containers: [] } })
    pod('shop', 'a', 'web', 'n1')
    pod('other', 'b', 'web', 'n2')
    await start()
    pod('other', 'c', 'db', 'n1')
    // b no longer matches the label: for that cache it is gone.
    pod('other', 'b', 'db', 'n2')
    await clock.advance(0)
    const keys = (scope: object) => informers.informer(pods, scope).lister.list().map(keyOf).toSorted()
    expect(keys({ namespace: 'shop' })).toEqual(['shop/a'])
    expect(keys({ labelSelector: 'app=web' })).toEqual(['shop/a'])
    expect(keys({ fieldSelector: 'spec.nodeName=n1' })).toEqual(['other/c', 'shop/a'])
    expect(() => informers.informer(pods)).toThrow('pods is cached in 3 scopes: say which one')
  })

  it('fetches metadata only, under the kind of the object', async () => {
    const { api, informers, start } = useInformers({
      needs: [{ resource: volumes, verbs: ['list', 'watch'], fields: ['metadata.labels'], metadataOnly: true }],
    })
    api.put(volumes, volumeOf('a'))
    await start()
    expect(informers.informer(volumes).lister.get('a')).toMatchObject({
      kind: 'PersistentVolume',
      apiVersion: 'v1',
      metadata: { labels: { app: 'a' } },
    })
  })

  it('caches nothing for needs without fields or of a sub-resource', async () => {
    const { informers, api, start } = useInformers({
      needs: [
        { resource: volumes, verbs: ['get', 'patch'] },
        { resource: volumes, subresource: 'status', verbs: ['patch'], fields: [] },
      ],
    })
    expect(() => informers.informer(volumes)).toThrow('no cached need of persistentvolumes is registered')
    await start()
    expect(api.calls).toEqual([])
  })

  it('refuses needs after the start, and a second start', async () => {
    const { informers, ctx, start } = useInformers()
    await start()
    expect(() => informers.register([volumeNeed])).toThrow(
      'needs must be registered before the informers start; these came later: persistentvolumes',
    )
    expect(() => informers.start(ctx)).toThrow('started already')
  })

  it('synced ends with the reason of its signal', async () => {
    const { informers } = useInformers({ needs: [] })
    informers.register([volumeNeed])
    const stop = new AbortController()
    const synced = informers.synced({ signal: stop.signal })
    stop.abort(new Error('stopping'))
    await expect(synced).rejects.toThrow('stopping')
    informers.start({ signal: stop.signal, log: createLogRecorder().log })
  })
})
