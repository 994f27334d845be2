import { type Clock, systemClock } from '@csi-ts/concurrency'
import { probe } from '@csi-ts/csi-client'
import { IdentityService } from '@csi-ts/csi-proto'
import { type CallMetrics, createClient, openChannel, parseEndpoint, toGoErrorText } from '@csi-ts/csi-rpc'
import { errorText, type Logger } from '@csi-ts/telemetry'
import type { HealthMetrics } from './health-metrics.ts'
import { createSharedRun } from './shared-run.ts'

/** How a check ended. */
export type HealthOutcome =
  | 'healthy'
  /** The driver answered that it is not ready. */
  | 'not-ready'
  /** Nobody listens on the socket, or not in time. */
  | 'no-connection'
  /** Probe failed, or did not answer in time. */
  | 'probe-failed'
  /** Nobody waits for the result any more. */
  | 'canceled'

/** What a check found. */
export interface HealthReport {
  readonly healthy: boolean
  readonly outcome: HealthOutcome
  /** HTTP status of `/healthz`: 200 or 500. */
  readonly status: number
  /** `ok`, or what is wrong: a gRPC failure in Go's words. */
  readonly body: string
}

/** How a driver is checked. */
export interface HealthCheckOptions {
  /** Any address that `openChannel` takes. */
  readonly address: string
  /** For one check: connecting and Probe together. */
  readonly probeTimeoutMs: number
  /** Largest part of it for connecting. Default: all of it. */
  readonly connectTimeoutMs?: number | undefined
  /** How often a failed Probe is made in all, on a new connection each, while the time lasts. Default 1. */
  readonly attempts?: number | undefined
  /** A result younger than this answers further checks. Default 0: only checks at the same time share one. */
  readonly cacheMs?: number | undefined
  readonly log: Logger
  /** Told of every Probe; a failed connect is no call. */
  readonly callMetrics?: CallMetrics | undefined
  /** Told of every check. */
  readonly healthMetrics?: HealthMetrics | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/** Checks a driver. */
export interface HealthCheck {
  /**
   * One check over a new connection, which shows that the socket's file is gone or replaced where an old connection would not.
   * Checks that overlap share one. Never rejects; when `signal` fires, resolves at once as `canceled`.
   */
  check(options?: { readonly signal?: AbortSignal | undefined }): Promise<HealthReport>
}

/** A check of the driver at an address. Throws for an address that cannot be parsed. */
export function createHealthCheck(options: HealthCheckOptions): HealthCheck {
  const { clock = systemClock, cacheMs = 0 } = options
  parseEndpoint(options.address) // an address that is wrong must not wait for the first check
  const shared = createSharedRun((signal) => runCheck(options, clock, signal))
  let last: { readonly report: HealthReport; readonly atMs: number } | undefined

  return {
    check: async ({ signal } = {}) => {
      if (last !== undefined && clock.monotonicMs() - last.atMs < cacheMs) return last.report
      const report = (await shared.join(signal)) ?? canceled
      if (report !== canceled) last = { report, atMs: clock.monotonicMs() }
      return report
    },
  }
}

const healthy: HealthReport = { healthy: true, outcome: 'healthy', status: 200, body: 'ok' }
const notReady = failure('not-ready', 'driver responded but is not ready')
const canceled = failure('canceled', 'context canceled')
const retryDelayMs = 100

async function runCheck(options: HealthCheckOptions, clock: Clock, signal: AbortSignal): Promise<HealthReport> {
  const { log, healthMetrics, probeTimeoutMs, attempts = 1 } = options
  const endMs = clock.monotonicMs() + probeTimeoutMs
  let report = await attempt(options, clock, endMs, signal)
  for (let made = 1; made < attempts && report.outcome === 'probe-failed' && !signal.aborted; made++) {
    if (clock.monotonicMs() + retryDelayMs >= endMs) break
    log.v(4).info('health check failed, trying again', { reason: report.body })
    await new Promise<void>((resolve) => clock.setTimer(retryDelayMs, resolve))
    report = await attempt(options, clock, endMs, signal)
  }
  if (signal.aborted) return canceled
  healthMetrics?.observe(report.outcome)
  logReport(report, log)
  return report
}

async function attempt(
  { address, log, callMetrics, connectTimeoutMs = Number.POSITIVE_INFINITY }: HealthCheckOptions,
  clock: Clock,
  endMs: number,
  signal: AbortSignal,
): Promise<HealthReport> {
  const leftMs = (): number => Math.max(endMs - clock.monotonicMs(), 1)
  const channel = openChannel({ address, log, metrics: callMetrics })
  try {
    try {
      await channel.waitForReady(Math.min(leftMs(), connectTimeoutMs), { signal })
    } catch (error) {
      return failure('no-connection', errorText(error))
    }
    const ready = await probe(
      { identity: createClient(IdentityService, channel) },
      { signal, log },
      { timeoutMs: leftMs() },
    )
    return ready ? healthy : notReady
  } catch (error) {
    return failure('probe-failed', toGoErrorText(error))
  } finally {
    channel.close()
  }
}

function failure(outcome: HealthOutcome, body: string): HealthReport {
  return { healthy: false, outcome, status: 500, body }
}

function logReport({ outcome, body }: HealthReport, log: Logger): void {
  switch (outcome) {
    case 'healthy':
      log.v(5).info('health check succeeded')
      break
    case 'not-ready':
      log.error('driver responded but is not ready')
      break
    case 'no-connection':
      log.error('failed to establish connection to CSI driver', new Error(body))
      break
    case 'probe-failed':
      log.error('health check failed', new Error(body))
      break
    case 'canceled':
      break
  }
}
