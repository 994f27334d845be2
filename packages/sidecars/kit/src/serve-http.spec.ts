import type { LeaderElector } from '@csi-ts/kube-controller'
import { createMetrics, silentLogger } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { expect, it, onTestFinished } from 'vitest'
import { serveHttp } from './serve-http.ts'

/** Serves for an elector in that state of health, and asks. */
async function electionHealth(health: ReturnType<LeaderElector['healthCheck']>): Promise<string> {
  const elector: LeaderElector = {
    run: () => Promise.resolve('released'),
    isLeader: () => true,
    healthCheck: () => health,
  }
  const { log, lines } = createLogRecorder()
  const options = { httpEndpoint: '127.0.0.1:0', metricsAddress: '', metricsPath: '/metrics' }
  const endpoints = await serveHttp(options, { metrics: createMetrics(), elector, log })
  onTestFinished(() => endpoints?.close())
  const response = await fetch(`http://${String(lines[0]?.fields['address'])}/healthz/leader-election`)
  return `${response.status} ${await response.text()}`
}

it('answers 200 ok on standbys and healthy leaders', async () => {
  expect(await electionHealth({ ok: true, message: 'ok' })).toBe('200 ok')
})

it("answers 500 in upstream's words when the leader hangs", async () => {
  const message = 'failed election to renew leadership on lease driver-example-com'
  expect(await electionHealth({ ok: false, message })).toBe(`500 internal server error: ${message}\n`)
})

it('serves nothing without an address', async () => {
  const options = { httpEndpoint: '', metricsAddress: '', metricsPath: '/metrics' }
  expect(await serveHttp(options, { metrics: createMetrics(), log: silentLogger })).toBeUndefined()
})
