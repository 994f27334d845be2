import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { IdentityService } from '@csi-ts/csi-proto'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bindService } from './bind-service.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { Code } from './code.ts'
import { serve } from './serve.ts'
import { serveInTempDir } from './testing/serve-in-temp-dir.ts'

const identity = bindService(IdentityService, { probe: () => ({ ready: true }) })

describe('waitForReady', () => {
  let directory: string
  let address: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'csi-'))
    address = join(directory, 'csi.sock')
  })

  afterEach(() => rm(directory, { recursive: true }))

  it('waits for a socket that appears later, trying about once a second (must get right 1)', async () => {
    const channel = openChannel({ address })
    const ready = channel.waitForReady(20_000)
    const server = await serve([identity], { endpoint: address, log: createLogRecorder().log })
    await ready
    expect(server.connections).toBe(1)
    channel.close()
    await server.close()
  })

  it.each([
    { what: 'no socket', prepare: async () => {}, why: 'no such file or directory' },
    { what: 'a file', prepare: (path: string) => writeFile(path, ''), why: 'connection refused, nobody is listening' },
  ])('says what is wrong when time is up: $what', async ({ prepare, why }) => {
    await prepare(address)
    const channel = openChannel({ address })
    await expect(channel.waitForReady(100)).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      message: `context deadline exceeded: no connection to ${address}: ${why}`,
    })
    channel.close()
  })

  it('says when the other side does not speak gRPC', async () => {
    const mute = createServer((connection) => connection.on('error', () => {}).end('hello')).listen(address)
    await once(mute, 'listening')
    const channel = openChannel({ address })
    await expect(channel.waitForReady(100)).rejects.toThrow('it accepts connections but does not speak gRPC')
    channel.close()
    mute.close()
  })

  it('gives up when its signal fires, before and while it waits', async () => {
    const channel = openChannel({ address })
    await expect(channel.waitForReady(60_000, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: Code.Canceled,
    })
    const stop = new AbortController()
    const waiting = channel.waitForReady(60_000, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: Code.Canceled })
    channel.close()
  })

  it('ends when the channel is closed, before and while it waits', async () => {
    const channel = openChannel({ address })
    const waiting = channel.waitForReady(Number.POSITIVE_INFINITY)
    channel.close()
    await expect(waiting).rejects.toMatchObject({ code: Code.Unavailable })
    await expect(channel.waitForReady(1_000)).rejects.toMatchObject({ code: Code.Unavailable })
  })
})

describe('lost', () => {
  it('fires at once when the driver goes away, without a call, and is logged', async () => {
    const { log, lines } = createLogRecorder()
    await using temp = await serveInTempDir([identity])
    const channel = openChannel({ address: temp.address, log })
    await channel.waitForReady(5_000)
    expect(channel.lost.aborted).toBe(false)
    const fired = once(channel.lost, 'abort')
    temp.server.dropConnections()
    await fired
    expect(channel.lost.reason).toMatchObject({ code: Code.Unavailable })
    expect(lines.filter((line) => line.level === 'error')).toEqual([
      { level: 'error', message: 'lost connection to the CSI driver', fields: { address: temp.address } },
    ])
    channel.close()
  })

  it('does not fire for attempts that fail, nor when we close', async () => {
    const channel = openChannel({ address: '/nonexistent/csi.sock' })
    await channel.waitForReady(300).catch(() => undefined)
    expect(channel.lost.aborted).toBe(false)
    channel.close()
    await using temp = await serveInTempDir([identity])
    const closed = openChannel({ address: temp.address })
    await closed.waitForReady(5_000)
    closed.close()
    await new Promise(setImmediate)
    expect(closed.lost.aborted).toBe(false)
  })
})

describe('reconnecting', () => {
  it('succeeds with the next call when the driver has restarted', async () => {
    await using temp = await serveInTempDir([identity])
    const channel = openChannel({ address: temp.address })
    const client = createClient(IdentityService, channel)
    await client.probe({}, {})
    const lost = once(channel.lost, 'abort')
    await temp.restart()
    await lost
    expect(await client.probe({}, {})).toEqual({ ready: true })
    channel.close()
  })

  it('takes about a second at most after an outage', async () => {
    await using temp = await serveInTempDir([identity])
    const channel = openChannel({ address: temp.address })
    const client = createClient(IdentityService, channel)
    await client.probe({}, {})
    await temp.server.close({ graceMs: 0 })
    // Long enough for the backoff to have grown to its maximum.
    const outageEndMs = performance.now() + 3_000
    while (performance.now() < outageEndMs) {
      await expect(client.probe({}, {})).rejects.toMatchObject({ code: Code.Unavailable })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await temp.restart()
    const startMs = performance.now()
    await channel.waitForReady(10_000)
    expect(performance.now() - startMs).toBeLessThan(1_800) // one second, its jitter of 20 %, and a busy machine
    expect(await client.probe({}, {})).toEqual({ ready: true })
    channel.close()
  })
})

describe('resources', () => {
  it('are let go: a process that opened 200 channels and closed them ends by itself', async () => {
    await using temp = await serveInTempDir([identity])
    const program = `
      import { openChannel, createClient } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      import { IdentityService } from '@csi-ts/csi-proto'
      for (let index = 0; index < 200; index++) {
        const channel = openChannel({ address: ${JSON.stringify(temp.address)} })
        await createClient(IdentityService, channel).probe({}, { timeoutMs: 5_000 })
        channel.close()
      }
      const idle = openChannel({ address: '/nonexistent/csi.sock' })
      await idle.waitForReady(100).catch(() => {})
      idle.close()
      console.log('all closed')
    `
    const args = ['--conditions=@csi-ts/source', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000, cwd: import.meta.dirname })
    expect(stdout).toBe('all closed\n')
    await expect.poll(() => temp.connections()).toBe(0)
  })
})
