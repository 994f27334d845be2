import { type Clock, linkSignals, sleep, untilAborted } from '@csi-ts/concurrency'
import type { DriverConnection } from '@csi-ts/csi-client'
import type { Registration } from '@csi-ts/node-registration'
import type { WorkContext } from '@csi-ts/telemetry'

/** What following a driver needs. */
export interface FollowDriverDeps {
  readonly registration: Pick<Registration, 'renew' | 'withdraw'>
  readonly clock: Clock
  /** Connects again, however long it takes. */
  reconnect(signal: AbortSignal): Promise<DriverConnection>
  /** The name that the driver at the other end gives itself. */
  askName(driver: DriverConnection): Promise<string>
}

/** Whom to follow. */
export interface FollowDriverOptions {
  readonly driverName: string
  /** After this time away the driver is deregistered; 0 means never. */
  readonly lostTimeoutMs: number
}

/**
 * Follows a driver over its restarts: each time it is back it is registered again, as its node information may be another. Resolves when the
 * signal fires; rejects when another driver answers on the socket, or when the socket cannot be made.
 */
export async function followDriver(
  first: DriverConnection,
  deps: FollowDriverDeps,
  options: FollowDriverOptions,
  ctx: WorkContext,
): Promise<void> {
  let driver = first
  try {
    while (!ctx.signal.aborted) {
      await firesFirst(driver.lost, ctx.signal)
      if (ctx.signal.aborted) return
      ctx.log.warn('lost the CSI driver', { driver: options.driverName })
      driver.close()
      driver = await whileAway(deps, options, ctx)
      const name = await deps.askName(driver)
      if (name !== options.driverName) throw new Error(`the driver is ${name} now, it was ${options.driverName}`)
      ctx.log.info('the CSI driver is back, registering it again', { driver: name })
      await deps.registration.renew()
    }
  } catch (error) {
    if (!ctx.signal.aborted) throw error
  } finally {
    driver.close()
  }
}

async function whileAway(
  deps: FollowDriverDeps,
  options: FollowDriverOptions,
  ctx: WorkContext,
): Promise<DriverConnection> {
  const waiting = linkSignals(ctx.signal)
  const withdrawing = withdrawLater(deps, options, { ...ctx, signal: waiting.signal })
  try {
    return await deps.reconnect(ctx.signal)
  } finally {
    waiting.abort()
    await withdrawing
  }
}

async function withdrawLater(
  { registration, clock }: FollowDriverDeps,
  { driverName, lostTimeoutMs }: FollowDriverOptions,
  { signal, log }: WorkContext,
): Promise<void> {
  if (lostTimeoutMs === 0) return
  try {
    await sleep(lostTimeoutMs, { signal, clock })
  } catch {
    return // it came back in time
  }
  log.error('the CSI driver stays away, deregistering it', undefined, { driver: driverName, afterMs: lostTimeoutMs })
  await registration.withdraw()
}

async function firesFirst(a: AbortSignal, b: AbortSignal): Promise<void> {
  const either = linkSignals(a, b)
  try {
    await untilAborted(either.signal)
  } finally {
    either[Symbol.dispose]()
  }
}
