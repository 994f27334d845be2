import { resources } from '@csi-ts/kube-api'
import { createMetrics } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { GracefulStop } from '../graceful-stop.ts'
import { heldBy, lease, setupElection as setup } from '../testing/election-setup.ts'
import { LeaseLostError } from './leader-elector.ts'

const { leases } = resources

describe('LeaderElector', () => {
  it('creates the lease, with six digits of microseconds and its labels, and leads at once', async () => {
    const { clock, candidate, spec, api } = setup()
    const a = candidate('a', { labels: { team: 'storage' }, leaseDurationMs: 15_900 })
    void a.run()
    await clock.advance(0)
    expect(a.state.leading).toBe(true)
    expect(a.elector.isLeader()).toBe(true)
    expect(spec()).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2024-01-02T03:04:05.000000Z',
      renewTime: '2024-01-02T03:04:05.000000Z',
      leaseTransitions: 0,
    })
    expect(api.find(leases, lease)?.metadata.labels).toEqual({ team: 'storage' })
    a.stop()
    await clock.advance(0)
  })

  it('renews every retry period with a single write, and touches only its own labels', async () => {
    const { clock, candidate, spec, api } = setup()
    const a = candidate('a', { labels: { team: 'storage' } })
    void a.run()
    await clock.advance(0)
    const stored = api.find(leases, lease)
    expect(stored).toBeDefined()
    api.put(leases, {
      ...heldBy('a'),
      spec: stored?.spec ?? {},
      metadata: { ...lease, labels: { other: 'kept', team: 'changed' } },
    })
    api.calls.length = 0
    await clock.advance(5000) // the version that it knows is old: one conflict, one read
    expect(api.find(leases, lease)?.metadata.labels).toEqual({ other: 'kept', team: 'storage' })
    expect(api.calls.map(({ verb }) => verb)).toEqual(['update', 'get', 'update'])
    api.calls.length = 0
    await clock.advance(50_000)
    expect(api.calls.map(({ verb }) => verb)).toEqual(Array.from({ length: 10 }, () => 'update'))
    expect(spec()?.renewTime).toBe('2024-01-02T03:05:00.000000Z')
    expect(spec()?.acquireTime).toBe('2024-01-02T03:04:05.000000Z')
    a.stop()
    await clock.advance(0)
  })

  it('waits for a lease that somebody holds by its own clock, whatever times are written in it', async () => {
    const { clock, candidate, api, spec } = setup()
    api.put(leases, heldBy('other')) // renewTime is years ago
    const a = candidate('a')
    void a.run()
    await clock.advance(14_999)
    expect(a.state.leading).toBe(false)
    await clock.advance(1)
    expect(a.state.leading).toBe(true)
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1 })
    a.stop()
    await clock.advance(0)
  })

  it('starts waiting again each time that the holder renews', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a')
    api.put(leases, heldBy('other'))
    void a.run()
    for (let minute = 0; minute < 30; minute++) {
      await clock.advance(10_000)
      const renewTime = new Date(clock.now()).toISOString()
      api.put(leases, { metadata: { ...lease }, spec: { ...heldBy('other').spec, renewTime } })
    }
    expect(a.state.leading).toBe(false)
    await clock.advance(20_000)
    expect(a.state.leading).toBe(true)
    a.stop()
    await clock.advance(0)
  })

  it('takes up its own lease at once after a restart, without a transition', async () => {
    const { clock, candidate, api, spec } = setup()
    api.put(leases, heldBy('a'))
    const a = candidate('a')
    void a.run()
    await clock.advance(0)
    expect(a.state.leading).toBe(true)
    expect(spec()?.leaseTransitions).toBe(0)
    a.stop()
    await clock.advance(0)
  })

  it('candidates do not come in step: the wait is stretched by up to 1.2 of itself', async () => {
    const { clock, candidate, api } = setup()
    api.put(leases, heldBy('other', 3600))
    const a = candidate('a', { random: () => 1 })
    void a.run()
    await clock.advance(10_999)
    expect(api.calls).toHaveLength(1)
    await clock.advance(1)
    expect(api.calls).toHaveLength(2)
    a.stop()
    await clock.advance(0)
  })

  it('stays leader while the API server is away for less than the renew deadline', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a')
    void a.run()
    await clock.advance(4000)
    api.faults = {
      before: () => {
        throw new Error('connection refused')
      },
    }
    await clock.advance(9500) // outage from 4 s to 13.5 s after the renewal
    api.faults = {}
    await clock.advance(60_000)
    expect(a.state).toMatchObject({ leading: true })
    a.stop()
    await clock.advance(0)
  })

  it('stops before anybody else can start when it cannot renew, and says so once', async () => {
    const { clock, candidate, api, lines } = setup()
    const a = candidate('a')
    const b = candidate('b')
    void a.run()
    await clock.advance(0)
    void b.run()
    await clock.advance(100)
    api.faults = {
      before: ({ verb }) => {
        if (verb === 'update') throw new Error('connection refused')
      },
    }
    await clock.advance(14_250 - 101)
    expect(a.state.leading).toBe(true)
    await clock.advance(1)
    expect(a.state).toMatchObject({ leading: false, outcome: 'lost' })
    expect(a.state.reason).toBeInstanceOf(LeaseLostError)
    expect(a.elector.isLeader()).toBe(false)
    expect(lines.filter(({ level, message }) => level === 'error' && message.startsWith('could not'))).toHaveLength(2)
    api.faults = {}
    await clock.advance(30_000)
    expect(b.state.leading).toBe(true)
    b.stop()
    await clock.advance(0)
  })

  it('counts from when the last renewal was sent, not from when it was answered', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a', { releaseOnExit: false })
    void a.run()
    await clock.advance(0)
    api.faults = { after: () => new Promise((resolve) => void clock.setTimer(4000, resolve)) }
    await clock.advance(9000) // sent at 5 s
    api.faults = { before: () => Promise.reject(new Error('connection refused')) }
    await clock.advance(5000 + 14_250 - 9000 - 1)
    expect(a.state.leading).toBe(true)
    await clock.advance(1)
    expect(a.state).toMatchObject({ leading: false, outcome: 'lost' })
  })

  it('a server that never answers costs the lease too, and hangs nothing', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a', { releaseOnExit: false })
    void a.run()
    await clock.advance(0)
    api.faults = { before: () => new Promise(() => undefined) }
    await clock.advance(14_250)
    expect(a.state).toMatchObject({ leading: false, outcome: 'lost' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('stops at once when somebody else has taken the lease', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a')
    void a.run()
    await clock.advance(0)
    api.put(leases, heldBy('thief'))
    await clock.advance(5000)
    expect(a.state).toMatchObject({ leading: false, outcome: 'lost' })
    expect(api.find(leases, lease)?.spec?.holderIdentity).toBe('thief')
  })

  it('a reply that was lost is found out by reading: no second term, no loss', async () => {
    const { clock, candidate, api, spec } = setup()
    const a = candidate('a')
    void a.run()
    await clock.advance(0)
    let lose = 1
    api.faults = {
      after: ({ verb }) => {
        if (verb === 'update' && lose-- > 0) throw new Error('connection reset')
      },
    }
    await clock.advance(30_000)
    expect(a.state.leading).toBe(true)
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 0 })
    a.stop()
    await clock.advance(0)
  })

  it('keeps the lease until the work has ended, then gives it back', async () => {
    const { clock, candidate, spec } = setup()
    const a = candidate('a')
    let finish: () => void = () => undefined
    void a.run(() => new Promise((resolve) => (finish = resolve)))
    await clock.advance(0)
    a.stop(new Error('SIGTERM'))
    await clock.advance(8000)
    expect(a.state.reason).toBeInstanceOf(GracefulStop)
    expect(a.elector.isLeader()).toBe(true)
    expect(spec()).toMatchObject({ holderIdentity: 'a', renewTime: '2024-01-02T03:04:10.000000Z' })
    finish()
    await clock.advance(0)
    expect(a.state.outcome).toBe('released')
    expect(spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
    const b = candidate('b')
    void b.run()
    await clock.advance(0)
    expect(b.state.leading).toBe(true)
    expect(spec()?.leaseTransitions).toBe(1)
    b.stop()
    await clock.advance(0)
    expect(clock.pendingTimers).toBe(0)
  })

  it('leaves the lease when told to, and when the work does not end', async () => {
    const { clock, candidate, spec } = setup()
    const a = candidate('a', { releaseOnExit: false })
    void a.run()
    await clock.advance(0)
    a.stop()
    await clock.advance(0)
    expect([a.state.outcome, spec()?.holderIdentity]).toEqual(['released', 'a'])
    const again = candidate('a', { drainMs: 1000 })
    void again.run(() => new Promise(() => undefined))
    await clock.advance(0)
    again.stop()
    await clock.advance(1000 + 5000)
    expect([again.state.outcome, spec()?.holderIdentity]).toEqual(['released', 'a'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('a loss while the work ends cuts its grace short', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a', { drainMs: 60_000 })
    let expired: unknown
    void a.run(
      () =>
        new Promise((resolve) => {
          const { signal } = { signal: (a.state.reason as GracefulStop).expired }
          signal.addEventListener('abort', () => {
            expired = signal.reason
            resolve()
          })
        }),
    )
    await clock.advance(0)
    a.stop()
    api.faults = {
      before: () => {
        throw new Error('connection refused')
      },
    }
    await clock.advance(20_000)
    expect(expired).toBeInstanceOf(LeaseLostError)
    expect(a.state.outcome).toBe('lost')
  })

  it('is told to stop while it waits: resolves without having led', async () => {
    const { clock, candidate, api } = setup()
    api.put(leases, heldBy('other'))
    const a = candidate('a')
    void a.run()
    await clock.advance(3000)
    a.stop()
    await clock.advance(0)
    expect(a.state).toEqual({ leading: false, outcome: 'released' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('rejects with what the work throws, after giving the lease back', async () => {
    const { clock, api, spec, candidate } = setup()
    const { elector } = candidate('a')
    const ctx = { signal: new AbortController().signal, log: createLogRecorder().log }
    // Nothing that it needs waits for a timer.
    await expect(elector.run(ctx, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed')
    await clock.advance(0)
    expect(spec()?.holderIdentity).toBe('')
    expect(api.calls.at(-1)?.verb).toBe('update')
  })

  it('records events on the lease', async () => {
    const { clock, candidate } = setup()
    const a = candidate('a')
    void a.run()
    await clock.advance(0)
    a.stop()
    await clock.advance(0)
    expect(a.events).toEqual([
      'Lease uid-1 LeaderElection: a became leader',
      'Lease uid-1 LeaderElection: a stopped leading',
    ])
  })

  it('is healthy as a standby and while it renews; not when it leads and has hung for lease duration and 20 s', async () => {
    const { clock, candidate, api } = setup()
    const a = candidate('a', { releaseOnExit: false })
    expect(a.elector.healthCheck()).toEqual({ ok: true, message: 'ok' })
    void a.run()
    await clock.advance(60_000)
    expect(a.elector.healthCheck().ok).toBe(true)
    api.faults = { before: () => new Promise(() => undefined) }
    await clock.advance(35_000)
    expect(a.elector.healthCheck().ok).toBe(true)
    await clock.advance(1)
    expect(a.elector.healthCheck()).toEqual({
      ok: false,
      message: 'failed election to renew leadership on lease driver-example-com',
    })
    const standby = candidate('b')
    expect(standby.elector.healthCheck().ok).toBe(true)
  })

  it("measures with client-go's names, whose label is empty, and with the lease's", async () => {
    const { clock, candidate, api } = setup()
    const metrics = createMetrics()
    const a = candidate('a', { metrics })
    const status = async (): Promise<string[]> =>
      (await metrics.expose()).body.split('\n').filter((line) => /^(leader_election|csi_leader)/.test(line))
    expect(await status()).toEqual([
      'csi_leader{lease="driver-example-com"} 0',
      'leader_election_master_status{name=""} 0',
    ])
    void a.run()
    await clock.advance(0)
    api.put(leases, { metadata: { ...lease }, spec: api.find(leases, lease)?.spec ?? {} })
    await clock.advance(5000)
    expect(await status()).toEqual([
      'csi_leader{lease="driver-example-com"} 1',
      'csi_leader_transitions_total{lease="driver-example-com"} 1',
      'leader_election_master_status{name=""} 1',
      'leader_election_slowpath_total{name=""} 1',
    ])
    a.stop()
    await clock.advance(0)
  })

  it.each([
    {
      why: 'lease = renew',
      options: { leaseDurationMs: 10_000 },
      message: 'lease duration must be greater than the renew deadline',
    },
    {
      why: 'renew = 1.2 retry',
      options: { retryPeriodMs: 8333.34 },
      message: 'renew deadline must be greater than 1.2 times',
    },
    { why: 'no retry period', options: { retryPeriodMs: 0 }, message: 'retry period must be greater than zero' },
    {
      why: 'a lease of less than a second',
      options: { leaseDurationMs: 900, renewDeadlineMs: 500, retryPeriodMs: 100 },
      message: 'lease duration must be at least 1s',
    },
  ])('refuses times that do not fit: $why', ({ options, message }) => {
    expect(() => setup().candidate('a', options)).toThrow(message)
  })
})
