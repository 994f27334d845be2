import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@csi-ts/concurrency/testing'
import { Code } from '@csi-ts/csi-rpc'
import { serveCsi } from '@csi-ts/driver-sdk'
import { createMockDriver } from '@csi-ts/mock-driver'
import { createMetrics, silentLogger } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectDriver } from './connect-driver.ts'

let directory: string
let address: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csi-'))
  address = join(directory, 'csi.sock')
})

afterEach(() => rm(directory, { recursive: true }))

async function serveMock() {
  const mock = createMockDriver({ name: 'a.example.com' })
  const options = { endpoint: `unix://${address}`, log: silentLogger, signal: new AbortController().signal }
  const serving = await serveCsi(mock.driver, options)
  return { ...mock, serving, [Symbol.asyncDispose]: () => serving.close({ graceMs: 0 }) }
}

describe('connectDriver', () => {
  it('waits for the driver and calls all its services', async () => {
    const connecting = connectDriver({ address, log: silentLogger })
    await using mock = await serveMock()
    const driver = await connecting
    expect(await driver.identity.getPluginInfo({}, {})).toMatchObject({ name: mock.driver.name })
    expect(await driver.node.nodeGetInfo({}, {})).toMatchObject({ nodeId: 'node-1' })
    expect(await driver.controller.listVolumes({}, {})).toMatchObject({ entries: [] })
    await expect(driver.groupController.groupControllerGetCapabilities({}, {})).rejects.toMatchObject({
      code: Code.Unimplemented,
    })
    driver.close()
  })

  it('gives up after its time, saying why (must get right 1)', async () => {
    const connecting = connectDriver({ address, log: silentLogger, connectTimeoutMs: 50 })
    await expect(connecting).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      message: `context deadline exceeded: no connection to ${address}: no such file or directory`,
    })
  })

  it('says every 10 s that it still waits', async () => {
    const clock = new FakeClock()
    const { log, lines } = createLogRecorder()
    const stop = new AbortController()
    const connecting = connectDriver({
      address,
      log,
      clock,
      signal: stop.signal,
      connectTimeoutMs: Number.POSITIVE_INFINITY,
    })
    const failure = connecting.catch((error: unknown) => error)
    await clock.advance(9_999)
    const progress = () => lines.filter((line) => line.message === 'still connecting')
    expect(progress()).toHaveLength(0)
    await clock.advance(1)
    await clock.advance(20_000)
    expect(progress()).toEqual(
      Array.from({ length: 3 }, () => ({ level: 'info', message: 'still connecting', fields: { address } })),
    )
    stop.abort()
    expect(await failure).toMatchObject({ code: Code.Canceled })
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(['unix:/run/csi.sock', 'unix:csi.sock', 'csi.example.com:10000', 'dns:///csi:1', 'csi.sock', ''])(
    'refuses %j for callers that must notice a lost connection (must get right 3)',
    async (text) => {
      const connecting = connectDriver({ address: text, log: silentLogger, onlyUnix: true })
      await expect(connecting).rejects.toThrow(
        `invalid CSI address "${text}": want unix:///path/to.sock or /path/to.sock`,
      )
    },
  )

  it.each(['', 'unix://'])('allows %j and a path to everybody', async (prefix) => {
    await using mock = await serveMock()
    const driver = await connectDriver({ address: `${prefix}${address}`, log: silentLogger, onlyUnix: true })
    expect(await driver.identity.getPluginInfo({}, {})).toMatchObject({ name: mock.driver.name })
    driver.close()
  })

  it('reports a lost connection at once (must get right 2)', async () => {
    await using mock = await serveMock()
    const driver = await connectDriver({ address, log: silentLogger })
    const lost = once(driver.lost, 'abort')
    mock.serving.dropConnections()
    await lost
    expect(driver.lost.reason).toMatchObject({ code: Code.Unavailable })
    driver.close()
  })

  it('measures calls, under the name of the driver from the moment when it is known', async () => {
    await using mock = await serveMock()
    const metrics = createMetrics()
    const driver = await connectDriver({ address, log: silentLogger, metrics, migration: true })
    await driver.identity.probe({}, {})
    driver.setDriverName(mock.driver.name)
    await driver.controller.listVolumes({}, { migrated: true })
    driver.close()
    const counts = (await metrics.expose()).body.split('\n').filter((line) => line.includes('_seconds_count{'))
    const values = counts.map((line) =>
      Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])),
    )
    expect(values).toEqual([
      {
        driver_name: 'unknown-driver',
        method_name: '/csi.v1.Identity/Probe',
        grpc_status_code: 'OK',
        migrated: 'false',
      },
      {
        driver_name: 'a.example.com',
        method_name: '/csi.v1.Controller/ListVolumes',
        grpc_status_code: 'OK',
        migrated: 'true',
      },
    ])
  })
})
