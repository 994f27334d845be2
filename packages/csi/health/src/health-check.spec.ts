import { rename, rm, symlink } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { Code, CsiError, createCallMetrics } from '@csi-ts/csi-rpc'
import { createMetrics, silentLogger } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHealthCheck, type HealthCheckOptions } from './health-check.ts'
import { createHealthMetrics } from './health-metrics.ts'
import { serveProbe, socketFolder } from './testing/probe-server.ts'

function healthOf(address: string, options: Partial<HealthCheckOptions> = {}) {
  return createHealthCheck({ address, probeTimeoutMs: 5_000, log: silentLogger, ...options })
}

const never = (): Promise<never> => new Promise(() => {})
const ok = { healthy: true, outcome: 'healthy', status: 200, body: 'ok' }

/** Connections that a socket of this name has seen, passed on to the driver behind it. */
async function countConnections(address: string): Promise<{ readonly open: Set<Socket>; total(): number }> {
  const { connect } = await import('node:net')
  const inner = `${address}.inner`
  await rename(address, inner)
  const open = new Set<Socket>()
  let total = 0
  const relay = createServer((socket) => {
    total++
    open.add(socket)
    const onward = connect(inner)
    socket.pipe(onward).pipe(socket)
    for (const each of [socket, onward]) each.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      onward.destroy()
    })
  })
  await new Promise<void>((resolve) => relay.listen(address, resolve))
  onTestFinished(() => void relay.close())
  return { open, total: () => total }
}

describe('check', () => {
  it('is healthy when the driver says that it is ready', async () => {
    const { address } = await serveProbe(await socketFolder(), () => ({ ready: true }))
    expect(await healthOf(address).check()).toEqual(ok)
  })

  it('row 4: absent `ready` means healthy, false is 500', async () => {
    let ready: boolean | undefined
    const { address } = await serveProbe(await socketFolder(), () => ({ ready }))
    expect(await healthOf(address).check()).toEqual(ok)
    ready = false
    expect(await healthOf(address).check()).toEqual({
      healthy: false,
      outcome: 'not-ready',
      status: 500,
      body: 'driver responded but is not ready',
    })
  })

  it('row 8: a failed Probe is 500 with the text of Go', async () => {
    const { address } = await serveProbe(await socketFolder(), () => {
      throw new CsiError(Code.FailedPrecondition, 'no server configured')
    })
    expect(await healthOf(address).check()).toMatchObject({
      outcome: 'probe-failed',
      status: 500,
      body: 'rpc error: code = FailedPrecondition desc = no server configured',
    })
  })

  it('row 8: what a driver failed with inside stays inside', async () => {
    const { address } = await serveProbe(await socketFolder(), () => {
      throw new Error('login as admin:hunter2 failed')
    })
    const { body } = await healthOf(address).check()
    expect(body).toMatch(/^rpc error: code = Internal desc = /)
    expect(body).not.toContain('hunter2')
  })

  it.each([
    { why: 'the socket is missing', prepare: async () => {} },
    { why: 'nobody listens on it', prepare: async (address: string) => await abandonedSocket(address) },
    { why: 'it is a dangling link', prepare: async (address: string) => await symlink('/nowhere', address) },
  ])('row 2: tries for the whole probe timeout when $why, then is 500', async ({ prepare }) => {
    const address = join(await socketFolder(), 'csi.sock')
    await prepare(address)
    const startMs = performance.now()
    expect(await healthOf(address, { probeTimeoutMs: 300 }).check()).toMatchObject({
      outcome: 'no-connection',
      status: 500,
      body: expect.stringMatching(/^context deadline exceeded/),
    })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(295)
  })

  it('row 2: connecting takes from the time of Probe', async () => {
    const folder = await socketFolder()
    const asked: number[] = []
    const startMs = performance.now()
    const checking = healthOf(join(folder, 'csi.sock'), { probeTimeoutMs: 1_500 }).check()
    setTimeout(
      () =>
        void serveProbe(folder, (_request, ctx) => {
          asked.push(ctx.deadlineMs ?? Number.NaN)
          return never()
        }),
      400,
    )
    expect(await checking).toMatchObject({
      outcome: 'probe-failed',
      body: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    })
    const tookMs = performance.now() - startMs
    expect(tookMs).toBeGreaterThanOrEqual(1_490)
    expect(tookMs).toBeLessThan(1_900)
    expect(asked).toHaveLength(1)
  })

  it('gives connecting a limit of its own where told to', async () => {
    const address = join(await socketFolder(), 'csi.sock')
    const startMs = performance.now()
    const report = await healthOf(address, { probeTimeoutMs: 60_000, connectTimeoutMs: 50 }).check()
    expect(report.outcome).toBe('no-connection')
    expect(performance.now() - startMs).toBeLessThan(10_000)
  })

  it('fails when somebody listens who does not speak gRPC', async () => {
    const address = join(await socketFolder(), 'csi.sock')
    const sockets: Socket[] = []
    const mute = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => mute.listen(address, resolve))
    const report = await healthOf(address, { probeTimeoutMs: 300 }).check()
    expect(report).toMatchObject({ healthy: false, status: 500 })
    for (const socket of sockets) socket.destroy()
    mute.close()
  })

  it('row 3: every check has a connection of its own, closed when it is over, however it ends', async () => {
    let ready = true
    const { address } = await serveProbe(await socketFolder(), () => ({ ready }))
    const connections = await countConnections(address)
    const health = healthOf(address)
    expect(await health.check()).toEqual(ok)
    expect(await health.check()).toEqual(ok)
    ready = false
    expect((await health.check()).outcome).toBe('not-ready')
    expect(connections.total()).toBe(3)
    await expect.poll(() => connections.open.size).toBe(0)
  })

  it('row 3: notices that the socket was removed although the driver lives', async () => {
    const { address } = await serveProbe(await socketFolder(), () => ({ ready: true }))
    const health = healthOf(address, { probeTimeoutMs: 300 })
    expect(await health.check()).toEqual(ok)
    await rm(address)
    expect((await health.check()).outcome).toBe('no-connection')
  })

  it('refuses a wrong address at once', () => {
    expect(() => healthOf('tcp://x')).toThrow('invalid endpoint "tcp://x"')
  })
})

describe('checks at the same time', () => {
  it('share one connection and one Probe', async () => {
    let probes = 0
    const release = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const { address } = await serveProbe(await socketFolder(), async () => {
      probes++
      entered.resolve()
      await release.promise
      return {}
    })
    const health = healthOf(address)
    const all = Array.from({ length: 50 }, () => health.check())
    await entered.promise
    all.push(health.check())
    release.resolve()
    expect(await Promise.all(all)).toEqual(Array.from({ length: 51 }, () => ok))
    expect(probes).toBe(1)
    expect(await health.check()).toEqual(ok)
    expect(probes).toBe(2)
  })

  it('go on when one of them leaves, and end when all have left', async () => {
    const entered = Promise.withResolvers<void>()
    const canceled = Promise.withResolvers<void>()
    const { address } = await serveProbe(await socketFolder(), (_request, { signal }) => {
      entered.resolve()
      signal.addEventListener('abort', () => canceled.resolve())
      return never()
    })
    const { log, lines } = createLogRecorder()
    const health = healthOf(address, { log })
    const [a, b] = [new AbortController(), new AbortController()]
    const first = health.check({ signal: a.signal })
    const second = health.check({ signal: b.signal })
    await entered.promise
    a.abort()
    expect(await first).toMatchObject({ outcome: 'canceled', status: 500, body: 'context canceled' })
    b.abort()
    expect((await second).outcome).toBe('canceled')
    await canceled.promise // the driver's handler was told
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([])
  })

  it('are not started for who has left already', async () => {
    expect(await healthOf('/nowhere/csi.sock').check({ signal: AbortSignal.abort() })).toMatchObject({
      outcome: 'canceled',
    })
  })
})

describe('attempts', () => {
  it('makes a failed Probe again within the same time, where told to', async () => {
    let probes = 0
    const { address } = await serveProbe(await socketFolder(), () => {
      if (++probes < 3) throw new CsiError(Code.Unavailable, 'starting')
      return { ready: true }
    })
    expect((await healthOf(address, { attempts: 2 }).check()).outcome).toBe('probe-failed')
    expect(probes).toBe(2)
    expect(await healthOf(address, { attempts: 2 }).check()).toEqual(ok)
  })

  it('does not repeat the answer "not ready"', async () => {
    let probes = 0
    const { address } = await serveProbe(await socketFolder(), () => {
      probes++
      return { ready: false }
    })
    expect((await healthOf(address, { attempts: 5 }).check()).outcome).toBe('not-ready')
    expect(probes).toBe(1)
  })
})

describe('cacheMs', () => {
  it('answers from a young result where told to', async () => {
    let probes = 0
    const { address } = await serveProbe(await socketFolder(), () => {
      probes++
      return {}
    })
    const health = healthOf(address, { cacheMs: 60_000 })
    expect([await health.check(), await health.check()]).toEqual([ok, ok])
    expect(probes).toBe(1)
  })
})

describe('metrics', () => {
  it('row 7: samples every Probe, and counts what has no sample', async () => {
    const folder = await socketFolder()
    const metrics = createMetrics()
    const callMetrics = createCallMetrics(metrics, { subsystem: 'csi_sidecar' })
    callMetrics.setDriverName('mock.csi')
    let fails = false
    const { server, address } = await serveProbe(folder, () => {
      if (fails) throw new CsiError(Code.Unavailable, 'no')
      return {}
    })
    const health = healthOf(address, {
      probeTimeoutMs: 300,
      callMetrics,
      healthMetrics: createHealthMetrics(metrics, new FakeClock(1_000_500)),
    })
    await health.check()
    fails = true
    await health.check()
    await server.close({ graceMs: 0 })
    await health.check()
    const { body } = await metrics.expose()
    expect(body).toContain(`csi_sidecar_operations_seconds_count${labels('OK')} 1\n`)
    expect(body).toContain(`csi_sidecar_operations_seconds_count${labels('Unavailable')} 1\n`)
    expect(body.match(/^csi_sidecar_operations_seconds_count/gm)).toHaveLength(2)
    expect(body).toContain('csi_health_checks_total{outcome="healthy"} 1\n')
    expect(body).toContain('csi_health_checks_total{outcome="probe-failed"} 1\n')
    expect(body).toContain('csi_health_checks_total{outcome="no-connection"} 1\n')
    expect(body).toContain('csi_health_last_success_timestamp_seconds 1000.5\n')
  })
})

describe('log', () => {
  it('says a success at verbosity 5 only, and a failure once', async () => {
    let ready = true
    const { address } = await serveProbe(await socketFolder(), () => ({ ready }))
    const { log, lines } = createLogRecorder()
    const health = healthOf(address, { log })
    await health.check()
    ready = false
    await health.check()
    const said = lines
      .filter(({ message }) => /health|driver/.test(message))
      .map(({ level, message }) => `${level} ${message}`)
    expect(said).toEqual(['v5 health check succeeded', 'error driver responded but is not ready'])
  })
})

function labels(code: string): string {
  return `{driver_name="mock.csi",method_name="/csi.v1.Identity/Probe",grpc_status_code="${code}"}`
}

/** The file of a socket whose process died. */
async function abandonedSocket(address: string): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(address)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  await new Promise((resolve) => child.on('close', resolve))
}
