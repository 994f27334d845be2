import { FakeClock } from '@csi-ts/concurrency/testing'
import { createMetrics, type MetricsRegistry, type WorkContext } from '@csi-ts/telemetry'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import type { KubeClient } from '../client.ts'
import { createKubeClient, type KubeClientOptions } from '../kube-client.ts'
import { FakeTransport } from './fake-transport.ts'

/** A client over a scripted transport, and everything that a spec looks at. */
export interface ClientSetup {
  readonly client: KubeClient
  readonly transport: FakeTransport
  readonly clock: FakeClock
  readonly ctx: WorkContext
  readonly lines: readonly RecordedLine[]
  readonly metrics: MetricsRegistry
  /** Fires `ctx.signal`. */
  readonly abort: (reason: unknown) => void
}

/** Makes the parts and joins them. */
export function setupClient(options: Partial<KubeClientOptions> = {}): ClientSetup {
  const transport = new FakeTransport()
  const clock = new FakeClock()
  const metrics = createMetrics()
  const { log, lines } = createLogRecorder()
  const controller = new AbortController()
  const config = { server: 'https://api.test:6443' }
  const client = createKubeClient({ config, userAgent: 'spec/1', transport, clock, metrics, ...options })
  const ctx = { signal: controller.signal, log }
  return { client, transport, clock, ctx, lines, metrics, abort: (reason) => controller.abort(reason) }
}
