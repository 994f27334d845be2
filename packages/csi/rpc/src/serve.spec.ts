import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect as connectHttp2, constants } from 'node:http2'
import { connect } from 'node:net'
import { ControllerService, IdentityService, NodeService, SnapshotMetadataService } from '@csi-ts/csi-proto'
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
    const failed = expect(call).rejects.toMatchObject({ code: Code.Canceled, message: 'context canceled' })
    expect((await reached).deadlineMs).toBeUndefined()
    caller.abort()
    await failed
    expect(await aborted).toMatchObject({ code: Code.Canceled })
  })

  it("fires the handler's signal when the caller dies", async () => {
    const { controller, reached, aborted } = standingHandler()
    await using test = await setup(controller)
    const channel = openChannel({ address: test.temp.address })
    const call = createClient(ControllerService, channel).deleteVolume({ volumeId: 'v' }, {})
    const failed = expect(call).rejects.toMatchObject({ code: Code.Unavailable })
    await reached
    channel.close()
    test.temp.server.dropConnections()
    await failed
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
    const failed = expect(call).rejects.toMatchObject({ code: Code.Unavailable })
    await reached
    await test.temp.server.close({ graceMs: 50 })
    await failed
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
  })

  it('does not start with a signal that has fired', async () => {
    const options = { endpoint: 'unix:///nowhere/csi.sock', log: createLogRecorder().log, signal: AbortSignal.abort() }
    await expect(serve([], options)).rejects.toThrow('aborted')
  })
})

describe('streams', () => {
  async function streaming(handlers: Partial<Handlers<typeof SnapshotMetadataService>>) {
    const temp = await serveInTempDir([bindService(SnapshotMetadataService, handlers)])
    const channel = openChannel({ address: temp.address })
    return {
      client: createClient(SnapshotMetadataService, channel),
      async [Symbol.asyncDispose]() {
        channel.close()
        await temp[Symbol.asyncDispose]()
      },
    }
  }

  const block = (index: number) => ({
    volumeCapacityBytes: 1n << 40n,
    blockMetadata: [{ byteOffset: BigInt(index), sizeBytes: 1n }],
  })

  it('arrive whole and in order', async () => {
    await using test = await streaming({
      async *getMetadataAllocated() {
        for (let index = 0; index < 3; index++) yield block(index)
      },
    })
    const offsets: (bigint | undefined)[] = []
    for await (const message of test.client.getMetadataAllocated({ snapshotId: 's' }, {})) {
      offsets.push(message.blockMetadata[0]?.byteOffset)
    }
    expect(offsets).toEqual([0n, 1n, 2n])
  })

  it('end with the error of the handler after what came before it', async () => {
    await using test = await streaming({
      async *getMetadataAllocated() {
        yield block(0)
        throw new CsiError(Code.OutOfRange, 'beyond the end')
      },
    })
    const read = async (): Promise<void> => {
      let count = 0
      for await (const _message of test.client.getMetadataAllocated({ snapshotId: 's' }, {})) count++
      throw new Error(`ended normally after ${count}`)
    }
    await expect(read()).rejects.toMatchObject({ code: Code.OutOfRange, message: 'beyond the end' })
  })

  it('wait for a slow reader instead of filling memory (must get right 11 of the specification)', async () => {
    const total = 20_000
    let produced = 0
    const blockMetadata = Array.from({ length: 200 }, (_, index) => ({ byteOffset: BigInt(index), sizeBytes: 1n }))
    await using test = await streaming({
      async *getMetadataAllocated() {
        for (; produced < total; produced++) yield { volumeCapacityBytes: 1n, blockMetadata }
      },
    })
    for await (const _message of test.client.getMetadataAllocated({ snapshotId: 's' }, {})) {
      await settled(() => produced)
      break
    }
    expect(produced).toBeGreaterThan(0)
    expect(produced).toBeLessThan(total)
  })

  it('stop their handler when the reader goes away', async () => {
    const stopped = Promise.withResolvers<void>()
    await using test = await streaming({
      async *getMetadataAllocated(_request, { signal }) {
        try {
          for (let index = 0; !signal.aborted; index++) {
            yield block(index)
            await new Promise(setImmediate)
          }
        } finally {
          stopped.resolve()
        }
      },
    })
    for await (const _message of test.client.getMetadataAllocated({ snapshotId: 's' }, {})) break
    await stopped.promise
  })

  it('end with Canceled when the caller cancels', async () => {
    await using test = await streaming({
      async *getMetadataAllocated(_request, { signal }) {
        yield block(0)
        await once(signal, 'abort')
      },
    })
    const caller = new AbortController()
    const read = async (): Promise<void> => {
      for await (const _message of test.client.getMetadataAllocated({ snapshotId: 's' }, { signal: caller.signal })) {
        caller.abort()
      }
    }
    await expect(read()).rejects.toMatchObject({ code: Code.Canceled })
  })
})

/** Waits until a number has stopped to change. */
async function settled(read: () => number): Promise<void> {
  let before: number
  do {
    before = read()
    await new Promise((resolve) => setTimeout(resolve, 50))
  } while (read() !== before)
}

describe('a raw HTTP/2 peer', () => {
  /** A Probe with an `:authority` of one's choice, as a client that is no Node.js program may send it. */
  async function probe(address: string, authority: string): Promise<string> {
    const session = connectHttp2('http://localhost', { createConnection: () => connect(address) })
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/csi.v1.Identity/Probe',
        ':authority': authority,
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      stream.end(Buffer.from([0, 0, 0, 0, 0]))
      stream.resume()
      const status = Promise.withResolvers<string>()
      stream.once('trailers', (trailers) => status.resolve(`grpc-status ${String(trailers['grpc-status'])}`))
      stream.once('error', () => status.resolve(`reset ${stream.rstCode}`))
      return await status.promise
    } finally {
      session.destroy()
    }
  }

  it.each([
    { authority: 'localhost', outcome: 'grpc-status 0' },
    { authority: 'csi.sock', outcome: 'grpc-status 0' },
    { authority: '%2Fcsi%2Fcsi.sock', outcome: 'grpc-status 0' },
    // nghttp2 refuses these before any handler runs; they come from kubelets before 1.26, our floor.
    { authority: '/csi/csi.sock', outcome: `reset ${constants.NGHTTP2_PROTOCOL_ERROR}` },
    { authority: 'unix:///csi/csi.sock', outcome: `reset ${constants.NGHTTP2_PROTOCOL_ERROR}` },
  ])('with :authority $authority gets $outcome', async ({ authority, outcome }) => {
    await using temp = await serveInTempDir([bindService(IdentityService, { probe: () => ({}) })])
    expect(await probe(temp.address, authority)).toBe(outcome)
  })
})
