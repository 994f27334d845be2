import { resources } from '@csi-ts/kube-api'
import { ConnectionError, createKubeClient, type KubeClient } from '@csi-ts/kube-client'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedApiServer, startEmbeddedCluster } from '../api-server/embedded-cluster.ts'
import type { RunningComponent } from '../port.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

const work: WorkContext = { signal: new AbortController().signal, log: silentLogger }
const create = { verb: 'create', resource: 'configmaps' } as const
const config = { metadata: { name: 'a', namespace: 'default' } }
const ref = { name: 'a', namespace: 'default' }

let server: EmbeddedApiServer
let proxy: FaultProxy
let client: KubeClient
beforeEach(async () => {
  server = await startEmbeddedCluster()
  proxy = await startFaultProxy({ upstream: server.config, log: silentLogger })
  client = createKubeClient({ config: proxy.config, userAgent: 'spec' })
})
afterEach(async () => {
  client.close()
  await proxy.close()
  await server.close()
})

const configMaps = () => client.resource(resources.configMaps)
/** What the server has, asked behind the proxy's back. */
const isThere = () =>
  server
    .client()
    .resource(resources.configMaps)
    .get(ref, work)
    .then(
      () => true,
      () => false,
    )
const countOf = (verb: string) => server.requests.all().filter((request) => request.verb === verb).length

describe('the fault proxy', () => {
  it('passes everything on when nothing is set', async () => {
    await configMaps().create({ ...config, data: { k: 'v' } }, work)
    await configMaps().patch(ref, { type: 'json', body: [{ op: 'add', path: '/data/l', value: 'w' }] }, work)
    expect((await configMaps().get(ref, work)).data).toEqual({ k: 'v', l: 'w' })
    await configMaps().delete(ref, work)
    await expect(configMaps().get(ref, work)).rejects.toMatchObject({ code: 404, message: 'configmaps "a" not found' })
  })

  it('streams watches', async () => {
    const events = configMaps().watch({ namespace: 'default', resourceVersion: '1' }, work)[Symbol.asyncIterator]()
    await configMaps().create(config, work)
    await expect(events.next()).resolves.toMatchObject({
      value: { type: 'ADDED', object: { metadata: { name: 'a' } } },
    })
    await events.return?.()
  })

  it('holds a request before the server has seen it', async () => {
    const fault = proxy.fault({ match: create, when: 'before', action: { kind: 'hold' } })
    const created = configMaps().create(config, work)
    await fault.reached
    expect(await isThere()).toBe(false)
    fault.release()
    await expect(created).resolves.toMatchObject(config)
  })

  it('holds the answer after the server has carried the request out', async () => {
    const fault = proxy.fault({ match: create, when: 'after', action: { kind: 'hold' } })
    const created = configMaps().create(config, work)
    await fault.reached
    expect(await isThere()).toBe(true)
    fault.release()
    await expect(created).resolves.toMatchObject(config)
  })

  it('drops a held request whose client has gone', async () => {
    const fault = proxy.fault({ match: create, when: 'before', action: { kind: 'hold' } })
    const stop = new AbortController()
    const created = configMaps().create(config, { ...work, signal: stop.signal })
    await fault.reached
    stop.abort(new Error('no longer'))
    await expect(created).rejects.toThrow('no longer')
    fault.release()
    expect(await isThere()).toBe(false)
  })

  it('fails as many requests as it is told, with the code and what to wait', async () => {
    proxy.fault({ match: create, when: 'before', times: 2, action: { kind: 'fail', code: 403 } })
    for (const _ of [1, 2]) {
      await expect(configMaps().create(config, work)).rejects.toMatchObject({ code: 403, reason: 'Forbidden' })
    }
    expect(await isThere()).toBe(false)
    await expect(configMaps().create(config, work)).resolves.toMatchObject(config)
  })

  it('fails a request that has been carried out', async () => {
    proxy.fault({ match: create, when: 'after', action: { kind: 'fail', code: 500, reason: 'InternalError' } })
    await expect(configMaps().create(config, work)).rejects.toMatchObject({ code: 500 })
    expect(await isThere()).toBe(true)
  })

  it('delays a request', async () => {
    proxy.fault({ match: create, when: 'before', action: { kind: 'delay', ms: 50 } })
    const start = performance.now()
    await configMaps().create(config, work)
    expect(performance.now() - start).toBeGreaterThan(45)
  })

  it('cuts the connection after the server has carried the request out: the client asks again', async () => {
    proxy.fault({ match: create, when: 'after', action: { kind: 'cut' } })
    await expect(configMaps().create(config, work)).resolves.toMatchObject(config)
    expect(countOf('create')).toBe(2)
  })

  it('kills a component at a request, which then gets no answer', async () => {
    let isKilled = false
    const component: RunningComponent = {
      name: 'c',
      pid: 0,
      httpUrl: 'http://127.0.0.1:1',
      exited: Promise.resolve({ code: null, signal: 'SIGKILL' }),
      stop: () => Promise.resolve(),
      kill: () => {
        isKilled = true
        return Promise.resolve()
      },
      output: () => '',
    }
    const match = { ...create, name: '', namespace: 'default' }
    const fault = proxy.fault({ match, when: 'before', times: 9, action: { kind: 'kill', component } })
    const created = configMaps()
      .create(config, work)
      .catch((error: unknown) => error)
    await fault.reached
    await expect(created).resolves.toBeInstanceOf(Error)
    expect([isKilled, await isThere()]).toEqual([true, false])
  })

  it('expires a watch', async () => {
    proxy.fault({ match: { verb: 'watch', resource: 'configmaps' }, when: 'before', action: { kind: 'expired' } })
    const events = configMaps().watch({ resourceVersion: '1' }, work)[Symbol.asyncIterator]()
    await expect(events.next()).rejects.toMatchObject({ code: 410 })
  })

  it('sends an answer slowly', async () => {
    await configMaps().create(config, work)
    proxy.fault({ match: { verb: 'get' }, when: 'after', action: { kind: 'slow-body', bytes: 100, intervalMs: 5 } })
    await expect(configMaps().get(ref, work)).resolves.toMatchObject(config)
  })

  it('says nothing until it is released, then closes the connection', async () => {
    const fault = proxy.fault({ match: { verb: 'get' }, when: 'before', action: { kind: 'half-open' } })
    await configMaps().create(config, work)
    const got = configMaps().get(ref, work)
    await fault.reached
    expect(countOf('get')).toBe(0)
    fault.release()
    await expect(got).resolves.toMatchObject(config)
  })

  it('applies to what matches only, and no more after it is released', async () => {
    const fault = proxy.fault({
      match: { resource: 'configmaps/status', name: 'a' },
      when: 'before',
      action: { kind: 'fail', code: 403 },
    })
    await configMaps().create(config, work)
    fault.release()
    await expect(
      configMaps().patch(ref, { type: 'merge', body: {} }, work, { subresource: 'status' }),
    ).rejects.toMatchObject({ code: 404 })
  })

  it('drops the connections that are open', async () => {
    const events = configMaps().watch({ resourceVersion: '1' }, work)[Symbol.asyncIterator]()
    const next = events.next()
    await configMaps().create(config, work)
    await next
    const lost = events.next()
    proxy.dropConnections()
    await expect(lost).rejects.toBeInstanceOf(ConnectionError)
    await expect(configMaps().get(ref, work)).resolves.toMatchObject(config)
  })

  it('refuses who brings neither its certificate nor a token', async () => {
    const stranger = createKubeClient({
      config: { server: proxy.config.server, ca: proxy.config.ca },
      userAgent: 'spec',
    })
    await expect(stranger.resource(resources.nodes).list({}, work)).rejects.toMatchObject({ code: 401 })
    stranger.close()
  })
})
