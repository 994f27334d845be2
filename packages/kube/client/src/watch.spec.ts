import { Buffer } from 'node:buffer'
import { resources } from '@csi-ts/kube-api'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isGone } from './api-error.ts'
import type { WatchEvent } from './client.ts'
import { setupClient } from './testing/client-setup.ts'
import { collect } from './testing/collect.ts'
import { FakeStream } from './testing/fake-stream.ts'
import { statusAnswer } from './testing/fake-transport.ts'
import { readWatchEvents } from './watch-stream.ts'

const path = '/api/v1/persistentvolumes'
const of = { server: 'https://api.test', verb: 'watch', path }

function event(type: WatchEvent<unknown>['type'], name: string) {
  return { type, object: { kind: 'PersistentVolume', metadata: { name, resourceVersion: '5' } } }
}

function setup() {
  const parts = setupClient()
  const stream = new FakeStream()
  parts.transport.on('GET', path, stream)
  return { ...parts, stream, volumes: parts.client.resource(resources.persistentVolumes) }
}

describe('watch', () => {
  it('asks for bookmarks and an end, and takes silence beyond that end for death', async () => {
    const { volumes, stream, transport, ctx } = setup()
    stream.end()
    await collect(volumes.watch({ resourceVersion: '5', labelSelector: 'a=b', timeoutSeconds: 400 }, ctx))
    expect(transport.requests).toMatchObject([
      {
        lane: 'own',
        idleTimeoutMs: 430_000,
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: '5',
          labelSelector: 'a=b',
          timeoutSeconds: '400',
        },
      },
    ])
  })

  it('asks for an end of its own choice when none is given', async () => {
    const { volumes, stream, transport, ctx } = setup()
    stream.end()
    await collect(
      volumes.watch({ allowBookmarks: false, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, ctx),
    )
    const { timeoutSeconds, ...query } = transport.requests[0]?.query ?? {}
    expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(300)
    expect(Number(timeoutSeconds)).toBeLessThan(600)
    expect(query).toEqual({ watch: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' })
  })

  it('gives each event when it arrives, and ends when the server ends in peace', async () => {
    const { volumes, stream, ctx } = setup()
    const events = volumes.watch({}, ctx)[Symbol.asyncIterator]()
    stream.send(event('ADDED', 'a'))
    expect(await events.next()).toEqual({ done: false, value: event('ADDED', 'a') })
    stream.send(event('BOOKMARK', ''), event('DELETED', 'a'))
    expect(await events.next()).toEqual({ done: false, value: event('BOOKMARK', '') })
    expect(await events.next()).toEqual({ done: false, value: event('DELETED', 'a') })
    stream.end()
    expect(await events.next()).toEqual({ done: true, value: undefined })
    await stream.closed
  })

  it('throws the error of an ERROR event, after the events before it', async () => {
    const { volumes, stream, ctx } = setup()
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
    stream.send(event('ADDED', 'a'), { type: 'ERROR', object: status })
    const seen: unknown[] = []
    const failed = await (async () => {
      for await (const { object } of volumes.watch({}, ctx)) seen.push(object.metadata.name)
    })().catch((error: unknown) => error)
    expect(seen).toEqual(['a'])
    expect(isGone(failed)).toBe(true)
    expect(failed).toMatchObject({ verb: 'watch', path, reason: 'Expired', message: 'too old resource version' })
    await stream.closed
  })

  it('throws the error of an answer that is no stream', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('GET', path, statusAnswer(403, 'Forbidden', 'no'))
    const watching = collect(client.resource(resources.persistentVolumes).watch({}, ctx))
    await expect(watching).rejects.toMatchObject({ code: 403, verb: 'watch', path, message: 'no' })
  })

  it('throws when the connection breaks, and the reason of the signal when that fires', async () => {
    const { volumes, stream, ctx } = setup()
    stream.send(event('ADDED', 'a')).fail()
    await expect(collect(volumes.watch({}, ctx))).rejects.toMatchObject({ failure: 'lost' })

    const second = setup()
    const watching = collect(second.volumes.watch({}, second.ctx))
    await second.stream.opened
    const reason = new Error('enough')
    second.abort(reason)
    await expect(watching).rejects.toBe(reason)
    await second.stream.closed
  })

  it('closes the stream when the loop is left', async () => {
    const { volumes, stream, ctx } = setup()
    stream.send(event('ADDED', 'a'))
    for await (const { type } of volumes.watch({}, ctx)) {
      expect(type).toBe('ADDED')
      break
    }
    await stream.closed
  })

  it('lives for longer than a unary request may', async () => {
    const { volumes, stream, ctx, clock } = setup()
    const events = volumes.watch({}, ctx)[Symbol.asyncIterator]()
    const first = events.next()
    await clock.advance(3_600_000)
    stream.send(event('ADDED', 'a'))
    expect(await first).toMatchObject({ value: { type: 'ADDED' } })
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('the stream', () => {
  async function* cut(bytes: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
    const cuts = [0, ...at.map((n) => n % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
    for (const [i, start] of cuts.entries()) yield bytes.subarray(start, cuts[i + 1])
  }

  it('gives the same events however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), async (names, at) => {
        const events = names.map((name) => event('MODIFIED', name))
        const bytes = Buffer.from(events.map((one) => `${JSON.stringify(one)}\n`).join(''))
        expect(await collect(readWatchEvents(cut(bytes, at), of))).toEqual(events)
      }),
    )
  })

  it.each([
    { why: 'a web page', text: '<html>\n' },
    { why: 'an unknown event', text: '{"type":"SURPRISE","object":{}}\n' },
    { why: 'an event without an object', text: '{"type":"ADDED"}\n' },
    { why: 'a number', text: '7\n' },
  ])('refuses $why', async ({ text }) => {
    const read = collect(readWatchEvents(cut(Buffer.from(text), []), of))
    await expect(read).rejects.toMatchObject({
      failure: 'protocol',
      message: expect.stringContaining('no watch event for'),
    })
  })

  it('is broken when it ends inside an event', async () => {
    const read = collect(readWatchEvents(cut(Buffer.from('{"type":"AD'), []), of))
    await expect(read).rejects.toMatchObject({ failure: 'lost' })
  })
})
