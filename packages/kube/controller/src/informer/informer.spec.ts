import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import { createMetrics } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { TrackingHandler } from '../testing/index.ts'
import { volumeOf } from '../testing/informers-setup.ts'
import { serverError, useInformers } from '../testing/use-informers.ts'

const { persistentVolumes: volumes } = resources

/** What lint forbids where it can see it, and people write nevertheless. */
const failingLater: () => unknown = () => Promise.reject(new Error('bad async handler'))

describe('Informer', () => {
  it('a handler that throws, at once or later, stops nothing and is counted', async () => {
    const metrics = createMetrics()
    const { api, informers, start, clock, lines } = useInformers({ metrics })
    const tracker = new TrackingHandler<PersistentVolume>()
    const informer = informers.informer(volumes)
    informer.addHandler({
      add: () => {
        throw new Error('bad handler')
      },
      update: () => failingLater(),
    })
    informer.addHandler(tracker)
    api.put(volumes, volumeOf('a'))
    await start()
    api.put(volumes, volumeOf('a', 'other'))
    await clock.advance(0)
    expect(tracker.calls).toEqual(['add a', 'update a'])
    expect(lines.filter(({ level }) => level === 'error').map(({ error }) => String(error))).toEqual([
      'Error: bad handler',
      'Error: bad async handler',
    ])
    expect((await metrics.expose()).body).toContain(
      'csi_informer_handler_errors_total{resource="persistentvolumes"} 2\n',
    )
  })

  it('a handler that comes late is told of everything, once, and has its own sync state', async () => {
    const { api, informers, start, clock } = useInformers()
    api.put(volumes, volumeOf('a'))
    const informer = informers.informer(volumes)
    const early = informer.addHandler(new TrackingHandler())
    expect(early.hasSynced()).toBe(false)
    await start()
    await early.synced
    const tracker = new TrackingHandler<PersistentVolume>()
    const late = informer.addHandler(tracker)
    expect(late.hasSynced()).toBe(true)
    api.put(volumes, volumeOf('b'))
    await clock.advance(0)
    expect(tracker.calls).toEqual(['add a', 'add b'])
    late.remove()
    api.put(volumes, volumeOf('c'))
    await clock.advance(0)
    expect(tracker.calls).toEqual(['add a', 'add b'])
  })

  it('an object deleted and created again while nobody watched is told as both', async () => {
    const { api, informers, start, clock } = useInformers()
    const tracker = new TrackingHandler<PersistentVolume>()
    informers.informer(volumes).addHandler(tracker)
    api.put(volumes, volumeOf('a'))
    await start()
    api.faults = { before: () => new Promise((resolve) => void clock.setTimer(50, resolve)) }
    api.endWatches(serverError(410))
    api.remove(volumes, { name: 'a' })
    api.put(volumes, volumeOf('a'))
    await clock.advance(1000)
    expect(tracker.calls).toEqual(['add a', 'delete a', 'add a'])
  })

  it('resyncs from the cache, without asking the server', async () => {
    const { api, informers, start, clock } = useInformers({ resyncMs: 600_000 })
    const updates: boolean[] = []
    informers.informer(volumes).addHandler({ update: (now, before) => updates.push(now === before) })
    api.put(volumes, volumeOf('a'))
    await start()
    await clock.advance(1_200_000)
    expect(updates).toEqual([true, true])
    expect(api.calls.filter(({ verb }) => verb === 'list')).toHaveLength(1)
  })

  it('lets other work in between when there is a lot to tell', async () => {
    const { api, informers, ctx } = useInformers()
    for (let index = 0; index < 2000; index++) api.put(volumes, volumeOf(`v${index}`))
    let told = 0
    const seen = new Set<number>()
    informers.informer(volumes).addHandler({
      add: () => {
        told++
      },
    })
    const look = (): void => {
      seen.add(told)
      if (told < 2000) setImmediate(look)
    }
    setImmediate(look)
    informers.start(ctx)
    await informers.synced(ctx)
    look()
    expect(told).toBe(2000)
    expect([...seen].some((count) => count > 0 && count < 2000)).toBe(true)
  })

  it('a handler that comes while others are being told is told of everything once', async () => {
    const { api, informers, ctx, clock } = useInformers()
    for (let index = 0; index < 1200; index++) api.put(volumes, volumeOf(`v${index}`))
    const informer = informers.informer(volumes)
    const late = new TrackingHandler<PersistentVolume>()
    let told = 0
    informer.addHandler({
      add: () => {
        if (++told === 700) informer.addHandler(late)
      },
    })
    informers.start(ctx)
    await informers.synced(ctx)
    api.remove(volumes, { name: 'v1100' })
    await clock.advance(0)
    expect(late.contradictions).toEqual([])
    expect(late.calls).toHaveLength(1201)
    expect(late.state.size).toBe(1199)
  })

  it('cached objects cannot be changed when frozen, and strict ones tell of every field that nobody named', async () => {
    const violations: string[] = []
    const { api, informers, start } = useInformers({ strictFields: ({ message }) => violations.push(message) })
    api.put(volumes, volumeOf('a'))
    await start()
    const cached = informers.informer(volumes).lister.get('a')
    expect(() => cached?.spec?.csi?.volumeHandle).toThrow('field spec.csi.volumeHandle is read but not named')
    expect(violations).toEqual(['PersistentVolume: field spec.csi.volumeHandle is read but not named in the needs'])
    const frozen = useInformers()
    frozen.api.put(volumes, volumeOf('a'))
    await frozen.start()
    const object = frozen.informers.informer(volumes).lister.get('a') as unknown as PersistentVolume
    expect(() => {
      object.metadata.name = 'b'
    }).toThrow(TypeError)
  })

  it('reports its caches as metrics', async () => {
    const metrics = createMetrics()
    const { api, start, clock } = useInformers({ metrics })
    api.put(volumes, volumeOf('a'))
    await start()
    api.endWatches(serverError(410))
    await clock.advance(7000)
    const { body } = await metrics.expose()
    expect(body.split('\n')).toEqual(
      expect.arrayContaining([
        'csi_informer_synced{resource="persistentvolumes"} 1',
        'csi_informer_objects{resource="persistentvolumes"} 1',
        'csi_informer_relists_total{resource="persistentvolumes"} 1',
        'csi_informer_silent_seconds{resource="persistentvolumes"} 7',
      ]),
    )
  })
})
