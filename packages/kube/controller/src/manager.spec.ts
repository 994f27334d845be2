import { untilAborted } from '@csi-ts/concurrency'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { resources } from '@csi-ts/kube-api'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { createController } from './controller.ts'
import { GracefulStop, workSignal } from './graceful-stop.ts'
import { createInformers } from './informer/informers.ts'
import { createLeaderElector } from './leader-election/leader-elector.ts'
import { createManager, type ManagerOptions, type Runnable } from './manager.ts'
import { done } from './reconciler.ts'
import { usualTiming } from './testing/election-setup.ts'
import { MemoryApi } from './testing/index.ts'

const { persistentVolumes: volumes, leases } = resources
const lease = { namespace: 'default', name: 'lock' }

function setup(options: { elects?: boolean; runnables?: readonly Runnable[] } & Partial<ManagerOptions> = {}) {
  const clock = new FakeClock()
  const api = new MemoryApi(clock)
  const { log, lines } = createLogRecorder()
  const client = api.client()
  const informers = createInformers({ client, clock, log })
  informers.register([{ resource: volumes, verbs: ['list', 'watch'], fields: ['spec'] }])
  const seen: string[] = []
  const controller = createController({
    name: 'volumes',
    workers: 1,
    clock,
    log,
    reconciler: {
      reconcile: async (key) => {
        // Caches are filled before any work begins.
        seen.push(`${key} of ${informers.informer(volumes).lister.size}`)
        return done
      },
    },
  })
  informers.informer(volumes).addHandler({ add: ({ metadata }) => controller.enqueue(metadata.name) })
  const { elects = false, ...rest } = options
  const elector = createLeaderElector({
    client,
    lease,
    identity: 'me',
    ...usualTiming,
    releaseOnExit: true,
    clock,
    log,
  })
  const manager = createManager({
    informers,
    runnables: [controller],
    clock,
    ...(elects && { elector }),
    ...rest,
  })
  const stop = new AbortController()
  const result: { outcome?: string; error?: unknown } = {}
  const start = (): Promise<void> =>
    manager.run({ signal: stop.signal, log }).then(
      (outcome) => void Object.assign(result, { outcome }),
      (error: unknown) => void Object.assign(result, { error }),
    )
  return { clock, api, informers, manager, stop, start, result, seen, lines }
}

describe('Manager', () => {
  it.each([{ elects: false }, { elects: true }])(
    'fills the caches, works, and stops cleanly ($elects)',
    async ({ elects }) => {
      const { clock, api, stop, start, result, seen } = setup({ elects })
      for (const name of ['a', 'b']) api.put(volumes, { metadata: { name }, spec: {} })
      void start()
      await clock.advance(0)
      expect(seen).toEqual(['a of 2', 'b of 2'])
      stop.abort()
      await clock.advance(0)
      expect(result).toEqual({ outcome: 'finished' })
      expect(api.openWatches).toBe(0)
      expect(clock.pendingTimers).toBe(0)
    },
  )

  it('a standby has no caches, and takes over when the lease is free', async () => {
    const { clock, api, stop, start, seen } = setup({ elects: true })
    api.put(leases, { metadata: lease, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } })
    api.put(volumes, { metadata: { name: 'a' }, spec: {} })
    void start()
    await clock.advance(10_000)
    expect([api.openWatches, seen]).toEqual([0, []])
    await clock.advance(30_000)
    expect(seen).toEqual(['a of 1'])
    stop.abort()
    await clock.advance(0)
  })

  it('a standby can keep its caches filled', async () => {
    const { clock, api, informers, stop, start, result, seen } = setup({ elects: true, cacheWhen: 'always' })
    api.put(leases, { metadata: lease, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } })
    api.put(volumes, { metadata: { name: 'a' }, spec: {} })
    void start()
    await clock.advance(1000)
    expect([informers.informer(volumes).lister.size, seen]).toEqual([1, []])
    stop.abort()
    await clock.advance(0)
    expect(result).toEqual({ outcome: 'finished' })
  })

  it('a lost lease stops everything and is told apart', async () => {
    const { clock, api, start, result } = setup({ elects: true })
    void start()
    await clock.advance(0)
    api.put(leases, { metadata: lease, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } })
    await clock.advance(5000)
    expect(result).toEqual({ outcome: 'lost-lease' })
    expect(api.openWatches).toBe(0)
  })

  it('caches still work while work in hand ends', async () => {
    let cached = 0
    const runnable: Runnable = {
      run: async ({ signal }) => {
        await untilAborted(signal)
        expect(signal.reason).toBeInstanceOf(GracefulStop)
        await new Promise<void>((resolve) => void clock.setTimer(3000, resolve))
        cached = informers.informer(volumes).lister.size
      },
    }
    const { clock, api, informers, stop, start, result } = setup({ runnables: [runnable] })
    void start()
    await clock.advance(0)
    stop.abort()
    api.put(volumes, { metadata: { name: 'late' }, spec: {} })
    await clock.advance(3000)
    expect(cached).toBe(1)
    expect(result).toEqual({ outcome: 'finished' })
  })

  it('controllers that need different things of one resource share its cache, each in its own way', async () => {
    const { clock, api, informers, start } = setup({ runnables: [] })
    const byDriver = (name: string) => ({
      resource: volumes,
      verbs: ['list', 'watch'] as const,
      fields: name === 'labels' ? ['metadata.labels'] : ['spec.csi.driver'],
      indexes: { [name]: () => [name] },
    })
    informers.register([byDriver('labels')])
    informers.register([byDriver('driver')])
    const told: string[] = []
    informers.informer(volumes).addHandler({
      add: () => {
        throw new Error('a bug of one')
      },
    })
    const { synced } = informers.informer(volumes).addHandler({ add: ({ metadata }) => void told.push(metadata.name) })
    api.put(volumes, {
      metadata: { name: 'a', labels: { app: 'x' } },
      spec: { csi: { driver: 'd', volumeHandle: 'h' } },
    })
    void start()
    await clock.advance(0)
    await synced
    const { lister } = informers.informer(volumes)
    expect([lister.byIndex('labels', 'labels').length, lister.byIndex('driver', 'driver').length]).toEqual([1, 1])
    expect(lister.get('a')?.metadata.labels).toEqual({ app: 'x' })
    expect(told).toEqual(['a'])
    expect(api.calls.map(({ verb }) => verb)).toEqual(['list', 'watch'])
  })

  it.each([{ elects: false }, { elects: true }])(
    'work that outlives the drain time is ended, and what follows still happens ($elects)',
    async ({ elects }) => {
      const runnable: Runnable = {
        async run({ signal }) {
          using work = workSignal(signal)
          await untilAborted(work.signal)
        },
      }
      const { clock, api, stop, start, result } = setup({ elects, runnables: [runnable], drainMs: 10_000 })
      void start()
      await clock.advance(0)
      stop.abort()
      await clock.advance(9_999)
      expect(result).toEqual({})
      expect(api.openWatches).toBe(1)
      await clock.advance(1)
      expect(result).toEqual({ outcome: 'finished' })
      expect(api.openWatches).toBe(0)
    },
  )

  it.each([{ elects: false }, { elects: true }])(
    'a runnable that fails takes the others with it ($elects)',
    async ({ elects }) => {
      let stopped = false
      const failing: Runnable = { run: () => Promise.reject(new Error('cannot listen')) }
      const other: Runnable = {
        run: async ({ signal }) => {
          await untilAborted(signal)
          stopped = true
        },
      }
      const { clock, api, start, result } = setup({ elects, runnables: [other, failing] })
      void start()
      await clock.advance(0)
      expect([stopped, result.error]).toEqual([true, new Error('cannot listen')])
      expect(api.openWatches).toBe(0)
      expect(clock.pendingTimers).toBe(0)
    },
  )

  it('says what it waits for while caches do not fill, and can be stopped then', async () => {
    const { clock, api, stop, start, result, lines } = setup()
    api.faults = { before: () => new Promise(() => undefined) }
    void start()
    await clock.advance(25_000)
    expect(lines.filter(({ message }) => message === 'still waiting for caches')).toMatchObject([
      { fields: { resources: ['persistentvolumes'] } },
      { fields: { resources: ['persistentvolumes'] } },
    ])
    stop.abort()
    await clock.advance(0)
    expect(result).toEqual({ outcome: 'finished' })
    expect(clock.pendingTimers).toBe(0)
  })
})
