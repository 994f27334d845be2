import { once } from 'node:events'
import { SnapshotMetadataService } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { bindService } from './bind-service.ts'
import { openChannel } from './channel.ts'
import { createClient } from './client.ts'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import type { Handlers } from './definition.ts'
import { serveInTempDir } from './testing/serve-in-temp-dir.ts'

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

describe('streams', () => {
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
      const messages = await Array.fromAsync(test.client.getMetadataAllocated({ snapshotId: 's' }, {}))
      throw new Error(`ended normally after ${messages.length}`)
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
    const reader = test.client.getMetadataAllocated({ snapshotId: 's' }, {})[Symbol.asyncIterator]()
    await reader.next()
    await settled(() => produced)
    await reader.return?.()
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
    const reader = test.client.getMetadataAllocated({ snapshotId: 's' }, {})[Symbol.asyncIterator]()
    expect((await reader.next()).done).toBe(false)
    await reader.return?.()
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
    const stream = test.client.getMetadataAllocated({ snapshotId: 's' }, { signal: caller.signal })
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    caller.abort()
    await expect(reader.next()).rejects.toMatchObject({ code: Code.Canceled })
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
