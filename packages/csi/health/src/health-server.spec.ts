import { createHttpEndpoints } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHealthCheck } from './health-check.ts'
import { serveHealth } from './health-server.ts'
import { serveProbe, socketFolder } from './testing/probe-server.ts'

async function setup(waitingFor: () => string | undefined = () => undefined) {
  const state: { ready: boolean | undefined } = { ready: true }
  const { server, address } = await serveProbe(await socketFolder(), () => ({ ready: state.ready }))
  const endpoints = createHttpEndpoints({ log: silentLogger })
  onTestFinished(() => endpoints.close())
  const health = createHealthCheck({ address, probeTimeoutMs: 300, log: silentLogger })
  serveHealth(endpoints, { health, waitingFor })
  const { address: at } = await endpoints.listen('127.0.0.1:0')
  const get = async (path: string, method = 'GET'): Promise<string> => {
    const answer = await fetch(`http://${at}${path}`, { method })
    return `${answer.status} ${await answer.text()}`
  }
  return { state, server, get }
}

describe('serveHealth', () => {
  it('row 1: answers `ok` on /healthz to any method and query, and has no root page', async () => {
    const { get } = await setup()
    expect(await get('/healthz')).toBe('200 ok')
    expect(await get('/healthz?verbose', 'POST')).toBe('200 ok')
    expect(await get('/')).toBe('404 404 page not found\n')
  })

  it('tells a driver that is not ready from one that is not alive', async () => {
    const { get, state, server } = await setup()
    state.ready = false
    const reason = 'driver responded but is not ready'
    expect(await Promise.all(['/healthz', '/livez', '/readyz'].map((path) => get(path)))).toEqual([
      `500 ${reason}`,
      '200 ok',
      `503 ${reason}`,
    ])
    await server.close({ graceMs: 0 })
    expect(await Promise.all(['/healthz', '/livez', '/readyz'].map((path) => get(path)))).toEqual([
      expect.stringMatching(/^500 context deadline exceeded/),
      expect.stringMatching(/^500 context deadline exceeded/),
      expect.stringMatching(/^503 context deadline exceeded/),
    ])
  })

  it('says what is awaited, before the first check', async () => {
    let awaited: string | undefined = 'waiting for the driver'
    const { get } = await setup(() => awaited)
    expect(await get('/healthz')).toBe('503 waiting for the driver')
    awaited = undefined
    expect(await get('/healthz')).toBe('200 ok')
  })
})
