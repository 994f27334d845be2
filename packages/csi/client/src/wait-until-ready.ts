import { type Clock, sleep, systemClock } from '@csi-ts/concurrency'
import { Code, CsiError, toGoErrorText } from '@csi-ts/csi-rpc'
import type { WorkContext } from '@csi-ts/telemetry'
import type { DriverConnection } from './connect-driver.ts'
import { probe } from './driver-info.ts'

const periodMs = 1_000

/**
 * Probes the driver once a second until it says that it is ready. "Not ready" and a probe that runs into
 * `probeTimeoutMs` are tried again, after a slow probe at once.
 * @throws CsiError with the driver's code and `CSI driver probe failed: …` for any other failure; the signal's reason
 * when it fires
 */
export async function waitUntilReady(
  driver: Pick<DriverConnection, 'identity'>,
  ctx: WorkContext,
  options: { readonly probeTimeoutMs: number; readonly clock?: Clock | undefined },
): Promise<void> {
  const { clock = systemClock, probeTimeoutMs } = options
  for (;;) {
    ctx.signal.throwIfAborted()
    const startMs = clock.monotonicMs()
    ctx.log.info('probing CSI driver for readiness')
    const answer = await probeOnce(driver, ctx, probeTimeoutMs)
    if (answer === 'ready') return
    ctx.log.info(answer === 'late' ? 'CSI driver probe timed out' : 'CSI driver is not ready')
    await sleep(Math.max(startMs + periodMs - clock.monotonicMs(), 0), { signal: ctx.signal, clock })
  }
}

async function probeOnce(
  driver: Pick<DriverConnection, 'identity'>,
  ctx: WorkContext,
  timeoutMs: number,
): Promise<'ready' | 'not ready' | 'late'> {
  try {
    return (await probe(driver, ctx, { timeoutMs })) ? 'ready' : 'not ready'
  } catch (error) {
    ctx.signal.throwIfAborted()
    if (!(error instanceof CsiError)) throw error
    if (error.code === Code.DeadlineExceeded) return 'late'
    throw new CsiError(error.code, `CSI driver probe failed: ${toGoErrorText(error)}`, { cause: error })
  }
}
