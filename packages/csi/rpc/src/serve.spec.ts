import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { ControllerService, NodeService } from '@csi-ts/csi-proto'
import { createMetrics } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { bindService } from './bind-service.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { CallContext, Handlers } from './definition.ts'
import { type ServeOptions, serve } from './serve.ts'
import { serveInTempDir } from './testing/serve-in-temp-dir.ts'

type Controller = Partial<Handlers<typeof ControllerService>>

async function setup(controller: Controller, options: Omit<Partial<ServeOptions>, 'endpoint'> = {}) {
  const { log, lines } = createLogRecorder()
  const temp = await serveInTempDir([bindService(ControllerService, controller)], { log, ...options })
  const channel = openChannel({ address: temp.address })
  return {
    temp,
    lines,
    client: createClient(ControllerService, channel),
    async [Symbol.asyncDispose]() {
      channel.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

/** A handler that stands still until its signal fires, and tells when it was reached and with what it was aborted. */
function standingHandler() {
  const reached = Promise.withResolvers<CallContext>()
  const aborted = Promise.withResolvers<unknown>()
  const deleteVolume = async (_request: unknown, ctx: CallContext): Promise<object> => {
    reached.resolve(ctx)
    await once(ctx.signal, 'abort')
    aborted.resolve(ctx.signal.reason)
    throw ctx.signal.reason
  }
  return { controller: { deleteVolume } satisfies Controller, reached: reached.promise, aborted: aborted.promise }
}

describe('serve', () => {
  it('answers Unimplemented for a method that was left out', async () => {
    await using test = await setup({})
    await expect(test.client.listVolumes({}, {})).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: 'the driver does not implement ListVolumes',
    })
  })

  it('answers Unimplemented for a service that was left out', async () => {
    await using test = await setup({})
    const channel = openChannel({ address: test.temp.address })
    const node = createClient(NodeService, channel)
    await expect(node.nodeGetInfo({}, {})).rejects.toMatchObject({ code: Code.Unimplemented })
    channel.close()
  })

  it('sends code and message of a CsiError', async () => {
    await using test = await setup({
      deleteVolume() {
        throw new CsiError(Code.FailedPrecondition, 'volume "ü" has snapshots\nreally')
      },
    })
    await expect(test.client.deleteVolume({ volumeId: 'v' }, {})).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: 'volume "ü" has snapshots\nreally',
    })
  })

  it.each([
    {
      how: 'synchronously',
      deleteVolume: () => {
        throw new Error('/var/secret is broken')
      },
    },
    { how: 'in a promise', deleteVolume: () => Promise.reject(new Error('/var/secret is broken')) },
  ])(
    'hides what an unexpected error thrown $how says, logs it once with its stack, and lives on',
    async ({ deleteVolume }) => {
      await using test = await setup({ deleteVolume, listVolumes: () => ({}) })
      const failure = await test.client.deleteVolume({ volumeId: 'v' }, {}).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: Code.Internal, message: 'internal error, see the log of the driver' })
      const errors = test.lines.filter((line) => line.level === 'error')
      expect(errors).toMatchObject([
        {
          message: 'handler failed',
          error: { message: '/var/secret is broken' },
          fields: { method: '/csi.v1.Controller/DeleteVolume', stack: expect.stringContaining('serve.spec.ts') },
        },
      ])
      expect(await test.client.listVolumes({}, {})).toEqual({ entries: [], nextToken: '' })
    },
  )

  it('contains a response that cannot be encoded', async () => {
    await using test = await setup({ getCapacity: () => ({ availableCapacity: 2n ** 63n }) })
    await expect(test.client.getCapacity({}, {})).rejects.toMatchObject({ code: Code.Internal })
    expect(test.lines.filter((line) => line.level === 'error')).toHaveLength(1)
  })

  it('cuts a message that would not fit into the headers', async () => {
    await using test = await setup({
      deleteVolume() {
        throw new CsiError(Code.Aborted, 'x'.repeat(100_000))
      },
    })
    const failure = (await test.client.deleteVolume({ volumeId: 'v' }, {}).catch((error: unknown) => error)) as CsiError
    expect(failure.code).toBe(Code.Aborted)
    expect(failure.message).toBe(`${'x'.repeat(4_096)}…`)
  })

  it('never answers OK for an error, nor an error without a message', async () => {
    await using test = await setup({
      deleteVolume() {
        throw new CsiError(Code.OK, '')
      },
    })
    await expect(test.client.deleteVolume({ volumeId: 'v' }, {})).rejects.toMatchObject({
      code: Code.Unknown,
      message: 'Unknown',
    })
  })

  it('carries 64-bit integers without loss', async () => {
    const largest = 2n ** 63n - 1n
    const seen: (bigint | undefined)[] = []
    await using test = await setup({
      createVolume({ capacityRange }) {
        seen.push(capacityRange?.limitBytes)
        return { volume: { volumeId: 'v', capacityBytes: largest - 1n } }
      },
    })
    const { volume } = await test.client.createVolume({ capacityRange: { limitBytes: largest } }, {})
    expect(seen).toEqual([largest])
    expect(volume?.capacityBytes).toBe(largest - 1n)
  })

  it('has no limit on message sizes in either direction (must get right 15)', async () => {
    const entries = Array.from({ length: 30_000 }, (_, index) => ({
      volume: { volumeId: `volume-${index}`, volumeContext: { padding: 'x'.repeat(200) } },
    }))
    await using test = await setup({
      listVolumes: () => ({ entries }),
      createVolume: ({ name }) => ({ volume: { volumeId: name } }),
    })
    expect((await test.client.listVolumes({}, {})).entries).toHaveLength(30_000)
    const name = 'n'.repeat(6_000_000)
    expect((await test.client.createVolume({ name }, {})).volume?.volumeId).toBe(name)
  })

  it("fires the handler's signal when the caller's deadline passes", async () => {
    const { controller, reached, aborted } = standingHandler()
    await using test = await setup(controller)
    const beforeMs = Date.now()
    const call = test.client.deleteVolume({ volumeId: 'v' }, { timeoutMs: 200 })
    await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded, message: 'context deadline exceeded' })
    expect(await aborted).toMatchObject({ code: Code.DeadlineExceeded })
    expect((await reached).deadlineMs).toBeGreaterThanOrEqual(beforeMs + 150)
  })

  it("fires the handler's signal when the caller cancels", async () => {
    const { controller, reached, aborted } = standingHandler()
    await using test = await setup(controller)
    const caller = new AbortController()
    const call = test.client.deleteVolume({ volumeId: 'v' }, { signal: caller.signal })
    const failure = call.catch((error: unknown) => error)
    expect((await reached).deadlineMs).toBeUndefined()
    caller.abort()
    expect(await failure).toMatchObject({ code: Code.Canceled, message: 'context canceled' })
    expect(await aborted).toMatchObject({ code: Code.Canceled })
  })

  it("fires the handler's signal when the caller dies", async () => {
    const { controller, reached, aborted } = standingHandler()
    await using test = await setup(controller)
    const channel = openChannel({ address: test.temp.address })
    const call = createClient(ControllerService, channel).deleteVolume({ volumeId: 'v' }, {})
    const failure = call.catch((error: unknown) => error)
    await reached
    channel.close()
    test.temp.server.dropConnections()
    expect(await failure).toMatchObject({ code: Code.Unavailable })
    expect(await aborted).toMatchObject({ code: Code.Canceled })
  })

  it('does not fire the signal of a call that has been answered', async () => {
    const signals: AbortSignal[] = []
    await using test = await setup({
      deleteVolume(_request, { signal }) {
        signals.push(signal)
        return {}
      },
    })
    await test.client.deleteVolume({ volumeId: 'v' }, { timeoutMs: 1_000 })
    await test.client.deleteVolume({ volumeId: 'v' }, {})
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
  })

  it('logs calls at verbosity 5 and never a secret (must get right 11)', async () => {
    await using test = await setup({
      createVolume: ({ name }) => ({ volume: { volumeId: name } }),
      deleteVolume() {
        throw new CsiError(Code.NotFound, 'gone')
      },
    })
    await test.client.createVolume({ name: 'a', secrets: { key: 'hunter2' } }, {})
    await test.client.deleteVolume({ volumeId: 'v', secrets: { key: 'hunter2' } }, {}).catch(() => undefined)
    expect(test.lines).toEqual([
      {
        level: 'v5',
        message: 'GRPC call',
        fields: { method: '/csi.v1.Controller/CreateVolume', request: '{"name":"a","secrets":"***stripped***"}' },
      },
      {
        level: 'v5',
        message: 'GRPC response',
        fields: { method: '/csi.v1.Controller/CreateVolume', response: '{"volume":{"volume_id":"a"}}' },
      },
      {
        level: 'v5',
        message: 'GRPC call',
        fields: { method: '/csi.v1.Controller/DeleteVolume', request: '{"secrets":"***stripped***","volume_id":"v"}' },
      },
      {
        level: 'v5',
        message: 'GRPC error',
        fields: { method: '/csi.v1.Controller/DeleteVolume', code: 'NotFound', err: 'gone' },
      },
    ])
  })

  it('measures calls by code and driver name', async () => {
    const metrics = createMetrics()
    await using test = await setup(
      {
        deleteVolume() {
          throw new CsiError(Code.NotFound, 'gone')
        },
      },
      { metrics, driverName: 'a.example.com' },
    )
    await test.client.deleteVolume({ volumeId: 'v' }, {}).catch(() => undefined)
    const counts = (await metrics.expose()).body.split('\n').filter((line) => line.includes('_count{'))
    expect(counts).toHaveLength(1)
    for (const part of [
      'csi_plugin_operations_seconds',
      'driver_name="a.example.com"',
      'grpc_status_code="NotFound"',
    ]) {
      expect(counts[0]).toContain(part)
    }
  })

  it('passes the trace of the caller on', async () => {
    const traces: unknown[] = []
    await using test = await setup({
      deleteVolume(_request, ctx) {
        traces.push(ctx.trace)
        return {}
      },
    })
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await test.client.deleteVolume({ volumeId: 'v' }, { trace: { traceparent } })
    await test.client.deleteVolume({ volumeId: 'v' }, {})
    expect(traces).toEqual([{ traceparent }, undefined])
  })
})

describe('close', () => {
  it('refuses new callers, lets calls in flight finish, and removes the socket', async () => {
    const release = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    await using test = await setup({
      async deleteVolume() {
        reached.resolve()
        await release.promise
        return {}
      },
    })
    const call = test.client.deleteVolume({ volumeId: 'v' }, {})
    await reached.promise
    const closing = test.temp.server.close()
    await expect.poll(() => readdir(test.temp.directory)).toEqual([])
    release.resolve()
    expect(await call).toEqual({})
    await closing
    await test.temp.server.closed
  })

  it('aborts calls that outlast the grace, and ends', async () => {
    const { controller, reached, aborted } = standingHandler()
    await using test = await setup(controller)
    const call = test.client.deleteVolume({ volumeId: 'v' }, {})
    const failure = call.catch((error: unknown) => error)
    await reached
    await test.temp.server.close({ graceMs: 50 })
    expect(await failure).toMatchObject({ code: Code.Unavailable })
    expect(await aborted).toMatchObject({ code: Code.Unavailable, message: 'the driver is stopping' })
  })

  it('does not wait for callers that are merely connected', async () => {
    await using test = await setup({ listVolumes: () => ({}) })
    await test.client.listVolumes({}, {})
    const startMs = performance.now()
    await test.temp.server.close({ graceMs: 60_000 })
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })

  it('happens when the signal fires', async () => {
    const stop = new AbortController()
    await using test = await setup({}, { signal: stop.signal })
    stop.abort()
    await test.temp.server.closed
    expect(await readdir(test.temp.directory)).toEqual([])
  })

  it('may be asked for twice', async () => {
    await using test = await setup({})
    await Promise.all([test.temp.server.close(), test.temp.server.close()])
    expect(await readdir(test.temp.directory)).toEqual([])
  })

  it('does not start with a signal that has fired', async () => {
    const options = { endpoint: 'unix:///nowhere/csi.sock', log: createLogRecorder().log, signal: AbortSignal.abort() }
    await expect(serve([], options)).rejects.toThrow('aborted')
  })
})
