import { once } from 'node:events'
import { ControllerService } from '@csi-ts/csi-proto'
import { createMetrics } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { bindService } from './bind-service.ts'
import { createCallMetrics } from './call-metrics.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { Code } from './code.ts'
import { CsiError, toGoErrorText } from './csi-error.ts'
import type { Handlers } from './definition.ts'
import { serveInTempDir } from './testing/serve-in-temp-dir.ts'

async function setup(controller: Partial<Handlers<typeof ControllerService>>) {
  const temp = await serveInTempDir([bindService(ControllerService, controller)])
  const { log, lines } = createLogRecorder()
  const metrics = createMetrics()
  const callMetrics = createCallMetrics(metrics, { subsystem: 'csi_sidecar', migration: true })
  const channel = openChannel({ address: temp.address, log, metrics: callMetrics })
  return {
    temp,
    lines,
    metrics,
    channel,
    client: createClient(ControllerService, channel),
    async [Symbol.asyncDispose]() {
      channel.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

describe('createClient', () => {
  it('fills what the request leaves out and completes the response', async () => {
    const requests: object[] = []
    await using test = await setup({
      createVolume(request) {
        requests.push(request)
        return { volume: { volumeId: 'v' } }
      },
    })
    const response = await test.client.createVolume({ name: 'a' }, {})
    expect(requests).toMatchObject([{ name: 'a', parameters: {}, volumeCapabilities: [], capacityRange: undefined }])
    expect(response.volume).toEqual({
      volumeId: 'v',
      capacityBytes: 0n,
      volumeContext: {},
      contentSource: undefined,
      accessibleTopology: [],
    })
  })

  it('rejects with what users see in events', async () => {
    await using test = await setup({
      deleteVolume() {
        throw new CsiError(Code.FailedPrecondition, 'volume v is in use')
      },
    })
    const failure = await test.client.deleteVolume({ volumeId: 'v' }, {}).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CsiError)
    expect(toGoErrorText(failure)).toBe('rpc error: code = FailedPrecondition desc = volume v is in use')
  })

  it('gives up at its deadline with a text that is always the same', async () => {
    await using test = await setup({ deleteVolume: (_request, { signal }) => once(signal, 'abort').then(() => ({})) })
    const call = test.client.deleteVolume({ volumeId: 'v' }, { timeoutMs: 100 })
    await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded, message: 'context deadline exceeded' })
  })

  it("keeps the text of a driver's own DeadlineExceeded", async () => {
    await using test = await setup({
      deleteVolume() {
        throw new CsiError(Code.DeadlineExceeded, 'the array is slow today')
      },
    })
    await expect(test.client.deleteVolume({}, {})).rejects.toMatchObject({ message: 'the array is slow today' })
  })

  it('makes no call when its signal has fired', async () => {
    let calls = 0
    await using test = await setup({
      deleteVolume() {
        calls++
        return {}
      },
    })
    const cause = new Error('shutting down')
    const call = test.client.deleteVolume({}, { signal: AbortSignal.abort(cause) })
    await expect(call).rejects.toMatchObject({ code: Code.Canceled, message: 'context canceled', cause })
    expect(calls).toBe(0)
  })

  it('takes the timeout of a signal for a deadline', async () => {
    await using test = await setup({ deleteVolume: (_request, { signal }) => once(signal, 'abort').then(() => ({})) })
    const call = test.client.deleteVolume({}, { signal: AbortSignal.timeout(50) })
    await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded })
  })

  it('lets go of a signal that outlives its calls', async () => {
    await using test = await setup({ deleteVolume: () => ({}) })
    const { signal } = new AbortController()
    let listening = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening--
      remove(...args)
    }
    for (let index = 0; index < 20; index++) await test.client.deleteVolume({}, { signal })
    expect(listening).toBe(0)
  })

  it('reports a lost connection as Unavailable, and never calls twice (must get right 14)', async () => {
    let calls = 0
    const reached = Promise.withResolvers<void>()
    await using test = await setup({
      async deleteVolume(_request, { signal }) {
        calls++
        reached.resolve()
        await once(signal, 'abort')
        return {}
      },
    })
    const call = test.client.deleteVolume({}, {})
    const failure = call.catch((error: unknown) => error)
    await reached.promise
    test.temp.server.dropConnections()
    expect(await failure).toMatchObject({ code: Code.Unavailable, message: 'the connection was lost' })
    expect(calls).toBe(1)
  })

  it('fails at once, naming the socket, while there is no driver', async () => {
    await using test = await setup({})
    await test.temp.server.close({ graceMs: 0 })
    await expect(test.client.deleteVolume({}, {})).rejects.toMatchObject({
      code: Code.Unavailable,
      message: `no connection: connect ENOENT ${test.temp.address}`,
    })
  })

  it('fails after the channel was closed', async () => {
    await using test = await setup({})
    test.channel.close()
    await expect(test.client.deleteVolume({}, {})).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'the channel is closed',
    })
  })

  it('rejects a request that cannot be encoded', async () => {
    await using test = await setup({})
    const call = test.client.createVolume({ capacityRange: { requiredBytes: 2n ** 63n } }, {})
    await expect(call).rejects.toMatchObject({ code: Code.Internal })
  })

  it('logs calls at verbosity 5 without secrets, to the logger of the call', async () => {
    await using test = await setup({ deleteVolume: () => ({}) })
    const own = createLogRecorder()
    await test.client.deleteVolume({ volumeId: 'v', secrets: { key: 'hunter2' } }, { log: own.log })
    expect(test.lines).toEqual([])
    expect(own.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['v5 GRPC call', 'v5 GRPC response'])
    expect(JSON.stringify(own.lines)).not.toContain('hunter2')
  })

  it('measures every call, failed ones and those that were never sent included', async () => {
    await using test = await setup({ deleteVolume: () => ({}) })
    await test.client.deleteVolume({}, { migrated: true })
    await test.client.listVolumes({}, {}).catch(() => undefined)
    await test.client.deleteVolume({}, { signal: AbortSignal.abort() }).catch(() => undefined)
    const counts = (await test.metrics.expose()).body.split('\n').filter((line) => line.includes('_count{'))
    const labels = counts.map((line) =>
      ['grpc_status_code', 'migrated'].map((name) => new RegExp(`${name}="(\\w+)"`).exec(line)?.[1]),
    )
    expect(labels).toEqual([
      ['OK', 'true'],
      ['Unimplemented', 'false'],
      ['Canceled', 'false'],
    ])
  })
})
