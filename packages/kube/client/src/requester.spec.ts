import { resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { ConnectionError } from './connection-error.ts'
import { setupClient } from './testing/client-setup.ts'
import { collect } from './testing/collect.ts'
import { statusAnswer } from './testing/fake-transport.ts'

const path = '/api/v1/persistentvolumes/pv-1'
const ref = { name: 'pv-1' }
const json = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1' }, spec: {} }
const lost = (): ConnectionError => new ConnectionError('lost', 'cut', { maybeDelivered: true })
const never = (): ConnectionError => new ConnectionError('lost', 'cut', { maybeDelivered: false })
const refused = (): ConnectionError => new ConnectionError('unreachable', 'refused', { maybeDelivered: false })

function setup(options?: Parameters<typeof setupClient>[0]) {
  const parts = setupClient(options)
  return { ...parts, volumes: parts.client.resource(resources.persistentVolumes) }
}

describe('a server that asks to wait', () => {
  it.each([429, 503])('is asked again after the time it says (%i)', async (code) => {
    const { volumes, transport, clock, ctx } = setup()
    transport.on('PUT', path, statusAnswer(code, 'TooManyRequests', 'wait', { 'retry-after': '2' }), { times: 2 })
    transport.on('PUT', path, { json })
    const done = volumes.update(json, ctx)
    await clock.advance(1_999)
    expect(transport.requests).toHaveLength(1)
    await clock.advance(2_001)
    expect(transport.requests).toHaveLength(3)
    expect(await done).toEqual(json)
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not waited for when it does not say how long', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('GET', path, statusAnswer(429, 'TooManyRequests', 'wait'))
    await expect(volumes.get(ref, ctx)).rejects.toMatchObject({ code: 429, retryAfterMs: undefined })
    expect(transport.requests).toHaveLength(1)
  })

  it('is asked ten times, then believed', async () => {
    const { volumes, transport, clock, ctx } = setup()
    transport.on('GET', path, statusAnswer(429, 'TooManyRequests', 'wait', { 'retry-after': '1' }))
    const failed = volumes.get(ref, ctx).catch((error: unknown) => error)
    await clock.advance(9_000)
    expect(await failed).toMatchObject({ code: 429, retryAfterMs: 1000 })
    expect(transport.requests).toHaveLength(10)
  })

  it('is believed at once when it asks for more than the call may take', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('GET', path, statusAnswer(503, 'ServiceUnavailable', 'down', { 'retry-after': '60' }))
    await expect(volumes.get(ref, ctx)).rejects.toMatchObject({ code: 503, retryAfterMs: 60_000 })
    expect(transport.requests).toHaveLength(1)
  })

  it('is left when the caller gives up meanwhile', async () => {
    const { volumes, transport, clock, ctx, abort } = setup()
    transport.on('GET', path, statusAnswer(429, 'TooManyRequests', 'wait', { 'retry-after': '30' }))
    const failed = volumes.get(ref, ctx).catch((error: unknown) => error)
    await clock.advance(1_000)
    const reason = new Error('enough')
    abort(reason)
    expect(await failed).toBe(reason)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('a lost connection', () => {
  it('is made again for reads: at once, then with pauses, four attempts in all', async () => {
    const { volumes, transport, clock, ctx } = setup()
    transport.on('GET', path, lost())
    const failed = volumes.get(ref, ctx).catch((error: unknown) => error)
    await clock.advance(0)
    expect(transport.requests).toHaveLength(2)
    await clock.advance(5_000)
    expect(await failed).toMatchObject({ failure: 'lost' })
    expect(transport.requests).toHaveLength(4)
  })

  it('is made again inside a body too', async () => {
    const { volumes, transport, ctx } = setup()
    let calls = 0
    transport.on('GET', path, () => {
      calls += 1
      return calls === 1 ? Promise.reject(lost()) : { json }
    })
    expect(await volumes.get(ref, ctx)).toEqual(json)
  })

  const merge = { type: 'merge', body: { a: 1 } } as const
  const strategic = { type: 'strategic', body: { a: 1 } } as const
  const versioned = { type: 'merge', body: { metadata: { resourceVersion: '1' } } } as const
  const json6902 = { type: 'json', body: [{ op: 'add', path: '/a/-', value: 1 }] } as const

  it.each([merge, strategic])('is made again for a $type patch', async (patch) => {
    const { volumes, transport, ctx } = setup()
    transport.on('PATCH', path, lost(), { times: 1 }).on('PATCH', path, { json })
    expect(await volumes.patch(ref, patch, ctx)).toEqual(json)
    expect(transport.requests).toHaveLength(2)
  })

  it.each([versioned, json6902])('is not made again for a patch that twice is not once: $body', async (patch) => {
    const { volumes, transport, ctx } = setup()
    transport.on('PATCH', path, lost(), { times: 1 }).on('PATCH', path, { json })
    await expect(volumes.patch(ref, patch, ctx)).rejects.toMatchObject({ failure: 'lost' })
    expect(transport.requests).toHaveLength(1)
  })

  it('never repeats a replacement that may have been carried out, and always one that cannot', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('PUT', path, never(), { times: 1 }).on('PUT', path, lost(), { times: 1 }).on('PUT', path, { json })
    await expect(volumes.update(json, ctx)).rejects.toMatchObject({ failure: 'lost' })
    expect(transport.requests).toHaveLength(2)
  })

  it('counts a delete as done when the object is gone at the second attempt', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('DELETE', path, lost(), { times: 1 }).on('DELETE', path, statusAnswer(404, 'NotFound'))
    await volumes.delete(ref, ctx)
    expect(transport.requests).toHaveLength(2)
    await expect(volumes.delete(ref, ctx)).rejects.toMatchObject({ code: 404 })
  })

  it('is something else than a server that cannot be reached', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('GET', path, refused())
    await expect(volumes.get(ref, ctx)).rejects.toMatchObject({ failure: 'unreachable' })
    expect(transport.requests).toHaveLength(1)
  })
})

describe('a request without an end', () => {
  it('is given up after the timeout, with a line that says which', async () => {
    const { volumes, transport, clock, ctx } = setup()
    transport.on('GET', path, () => new Promise(() => {}))
    const failed = volumes.get(ref, ctx).catch((error: unknown) => error)
    await clock.advance(60_000)
    expect(await failed).toMatchObject({
      failure: 'timeout',
      message: `https://api.test:6443 has not answered GET ${path} within 60 s: check that it is up and not overloaded`,
    })
    expect(clock.pendingTimers).toBe(0)
  })

  it('is given up also when it is a watch whose head does not come', async () => {
    const { volumes, transport, clock, ctx } = setup({ timeoutMs: 5_000 })
    transport.on('GET', '/api/v1/persistentvolumes', () => new Promise(() => {}))
    const failed = collect(volumes.watch({}, ctx)).catch((error: unknown) => error)
    await clock.advance(5_000)
    expect(await failed).toMatchObject({ failure: 'timeout' })
  })

  it('ends with its caller', async () => {
    const { volumes, transport, clock, ctx, abort } = setup()
    transport.on('GET', path, () => new Promise(() => {}))
    const failed = volumes.get(ref, ctx).catch((error: unknown) => error)
    await clock.advance(1)
    const reason = new Error('enough')
    abort(reason)
    expect(await failed).toBe(reason)
    expect(clock.pendingTimers).toBe(0)
    await expect(volumes.get(ref, ctx)).rejects.toBe(reason)
    expect(transport.requests).toHaveLength(1)
  })
})

describe('the client-side rate limit', () => {
  it('holds requests back, repeated ones too; another client of the same connections goes its own way', async () => {
    const { client, volumes, transport, clock, ctx } = setup({ rateLimit: { qps: 1, burst: 2 } })
    transport.on('GET', path, { json })
    const gets = Promise.all([1, 2, 3, 4].map(() => volumes.get(ref, ctx)))
    await clock.advance(0)
    expect(transport.requests).toHaveLength(2)
    await client.withRateLimit(undefined).resource(resources.persistentVolumes).get(ref, ctx)
    expect(transport.requests).toHaveLength(3)
    await clock.advance(1_000)
    expect(transport.requests).toHaveLength(4)
    await clock.advance(1_000)
    await gets
    expect(transport.requests).toHaveLength(5)
  })

  it('is closed with the first client only', () => {
    const { client, transport } = setup()
    client.withRateLimit({ qps: 1, burst: 1 }).close()
    expect(transport.isClosed).toBe(false)
    client.close()
    expect(transport.isClosed).toBe(true)
  })
})

describe('what can be seen', () => {
  it('counts every attempt under client-go names', async () => {
    const { volumes, transport, ctx, metrics } = setup()
    transport.on('GET', path, lost(), { times: 1 }).on('GET', path, { json })
    await volumes.get(ref, ctx)
    const { body } = await metrics.expose()
    expect(body).toContain('rest_client_requests_total{code="<error>",method="GET",host="api.test:6443"} 1')
    expect(body).toContain('rest_client_requests_total{code="200",method="GET",host="api.test:6443"} 1')
    expect(body).toContain('rest_client_request_duration_seconds_count{verb="GET",host="api.test:6443"} 2')
  })

  it('logs each answer at level 6, and a warning of the server once', async () => {
    const { volumes, transport, ctx, lines } = setup()
    transport.on('GET', path, { json, headers: { warning: '299 - "old \\"v1\\"", 299 - "bad"' } })
    await volumes.get(ref, ctx)
    await volumes.get(ref, ctx)
    expect(lines.filter(({ level }) => level === 'v6')).toHaveLength(2)
    expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['warning'])).toEqual([
      'old "v1"',
      'bad',
    ])
  })

  it('passes the trace on', async () => {
    const { volumes, transport, ctx } = setup()
    transport.on('GET', path, { json })
    await volumes.get(ref, { ...ctx, trace: { traceparent: '00-abc-def-01' } })
    expect(transport.requests[0]?.headers['traceparent']).toBe('00-abc-def-01')
  })
})
