import { FakeClock } from '@csi-ts/concurrency/testing'
import { IdentityService } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { inMemoryClient } from '@csi-ts/csi-rpc/testing'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { createMockDriver } from '@csi-ts/mock-driver'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { waitUntilReady } from './wait-until-ready.ts'

function setup(ready: () => boolean = () => true) {
  const mock = createMockDriver({ ready })
  const clock = new FakeClock()
  const stop = new AbortController()
  const { log, lines } = createLogRecorder()
  const probes = () => mock.calls.length
  const wait = (probeTimeoutMs = 1_000) =>
    waitUntilReady(inMemoryDriver(mock.driver), { signal: stop.signal, log }, { probeTimeoutMs, clock })
  return {
    mock,
    clock,
    stop,
    wait,
    probes,
    messages: () => lines.filter(({ level }) => level === 'info').map(({ message }) => message),
  }
}

describe('waitUntilReady', () => {
  it('asks at once', async () => {
    const { wait, probes, clock } = setup()
    await wait()
    expect(probes()).toBe(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('asks again each second while the driver is not ready (must get right 4)', async () => {
    let isReady = false
    const { wait, probes, clock, messages } = setup(() => isReady)
    const waiting = wait()
    await expect.poll(() => clock.pendingTimers).toBe(1)
    await clock.advance(999)
    expect(probes()).toBe(1)
    isReady = true
    await clock.advance(1)
    await waiting
    expect(probes()).toBe(2)
    expect(messages()).toEqual([
      'probing CSI driver for readiness',
      'CSI driver is not ready',
      'probing CSI driver for readiness',
    ])
  })

  it('asks again when a probe runs out of time', async () => {
    const { mock, wait, clock, messages } = setup()
    mock.script.before('Probe', { kind: 'hold' })
    const waiting = wait(20)
    await expect.poll(() => clock.pendingTimers).toBe(1)
    await clock.advance(1_000)
    await waiting
    expect(messages()).toContain('CSI driver probe timed out')
  })

  it.each([Code.FailedPrecondition, Code.Unavailable, Code.Unimplemented, Code.Internal] as const)(
    'gives up for any other answer: code %d',
    async (code) => {
      const { mock, wait } = setup()
      mock.script.before('Probe', { kind: 'fail', code, message: 'broken' })
      const failure = (await wait().catch((error: unknown) => error)) as CsiError
      expect(failure).toBeInstanceOf(CsiError)
      expect(failure.code).toBe(code)
      expect(failure.message).toMatch(/^CSI driver probe failed: rpc error: code = \w+ desc = broken$/)
    },
  )

  it('takes an answer without ready for yes (must get right 13)', async () => {
    const identity = inMemoryClient(IdentityService, { probe: () => ({}) })
    const { log, lines } = createLogRecorder()
    await waitUntilReady({ identity }, { signal: new AbortController().signal, log }, { probeTimeoutMs: 1_000 })
    expect(lines.filter(({ message }) => message === 'probing CSI driver for readiness')).toHaveLength(1)
  })

  it('stops when its signal fires, between probes and during one', async () => {
    const reason = new Error('shutting down')
    const between = setup(() => false)
    const waiting = between.wait()
    await expect.poll(() => between.clock.pendingTimers).toBe(1)
    between.stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)

    const during = setup()
    const rule = during.mock.script.before('Probe', { kind: 'hold' })
    const standing = during.wait()
    await rule.reached
    during.stop.abort(reason)
    await expect(standing).rejects.toBe(reason)
  })
})
