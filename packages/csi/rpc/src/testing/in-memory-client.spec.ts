import { once } from 'node:events'
import { ControllerService, SnapshotMetadataService } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { Code } from '../code.ts'
import { CsiError } from '../csi-error.ts'
import { inMemoryClient } from './in-memory-client.ts'

describe('inMemoryClient', () => {
  it('passes messages through the codec', async () => {
    const client = inMemoryClient(ControllerService, {
      createVolume: ({ parameters }) => ({ volume: { volumeId: JSON.stringify(parameters) } }),
    })
    const { volume } = await client.createVolume({ parameters: { a: '1' } }, {})
    expect(volume).toMatchObject({ volumeId: '{"a":"1"}', volumeContext: {}, capacityBytes: 0n })
  })

  it('maps errors as a socket does', async () => {
    const client = inMemoryClient(ControllerService, {
      deleteVolume() {
        throw new CsiError(Code.NotFound, 'gone')
      },
      listVolumes() {
        throw new TypeError('x is not a function')
      },
    })
    await expect(client.deleteVolume({}, {})).rejects.toMatchObject({ code: Code.NotFound, message: 'gone' })
    await expect(client.listVolumes({}, {})).rejects.toEqual(
      new CsiError(Code.Internal, 'internal error, see the log of the driver'),
    )
    await expect(client.getCapacity({}, {})).rejects.toMatchObject({ code: Code.Unimplemented })
  })

  it('knows deadlines and cancelling', async () => {
    const client = inMemoryClient(ControllerService, {
      deleteVolume: (_request, { signal }) => once(signal, 'abort').then(() => ({})),
    })
    await expect(client.deleteVolume({}, { timeoutMs: 20 })).rejects.toMatchObject({ code: Code.DeadlineExceeded })
    const caller = new AbortController()
    const call = client.deleteVolume({}, { signal: caller.signal })
    caller.abort()
    await expect(call).rejects.toMatchObject({ code: Code.Canceled })
    await expect(client.deleteVolume({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: Code.Canceled,
    })
  })

  it('streams', async () => {
    const client = inMemoryClient(SnapshotMetadataService, {
      async *getMetadataAllocated() {
        yield { volumeCapacityBytes: 1n }
        yield { volumeCapacityBytes: 2n }
      },
    })
    const sizes: bigint[] = []
    for await (const { volumeCapacityBytes } of client.getMetadataAllocated({}, {})) sizes.push(volumeCapacityBytes)
    expect(sizes).toEqual([1n, 2n])
  })

  it('lets an interceptor cut the connection', async () => {
    const client = inMemoryClient(
      ControllerService,
      { deleteVolume: () => ({}) },
      {
        intercept: (call) => {
          call.dropConnections()
          return new Promise(() => {})
        },
      },
    )
    await expect(client.deleteVolume({}, {})).rejects.toMatchObject({ code: Code.Unavailable })
  })
})
