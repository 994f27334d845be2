import { createHealthCheck, serveHealth } from '@csi-ts/csi-health'
import { type Interceptor, type RpcServer, serve } from '@csi-ts/csi-rpc'
import { serveRegistration } from '@csi-ts/node-registration'
import { createHttpEndpoints } from '@csi-ts/process'
import type { Logger, MetricsRegistry } from '@csi-ts/telemetry'
import { checkResponse } from './check-response.ts'
import type { Driver } from './driver.ts'

/** How a driver is served. */
export interface ServeCsiOptions {
  /** `unix:///path/csi.sock`; its directory must exist. */
  readonly endpoint: string
  readonly log: Logger
  /** Stops serving, as {@link ServingDriver.close} does. */
  readonly signal: AbortSignal
  /** Where `csi_plugin_operations_seconds` is registered. Default: calls are not measured. */
  readonly metrics?: MetricsRegistry | undefined
  /** Mode of the socket's file. Default: what the process's umask leaves. */
  readonly socketMode?: number | undefined
  /** Register with kubelet, in place of the node-driver-registrar sidecar. */
  readonly registration?: RegistrationOptions | undefined
  /** Answer health over HTTP, in place of the livenessprobe sidecar. */
  readonly healthz?: HealthzOptions | undefined
}

/** How a driver registers itself. */
export interface RegistrationOptions {
  /** The driver's socket as kubelet sees it, a path on the host. */
  readonly kubeletPath: string
  /** Kubelet's `plugins_registry` directory as seen here. */
  readonly registrationDir: string
  /** Kubelet has refused the driver, with its reason. Default: only logged, kubelet tries again by itself. */
  readonly onRefused?: ((error: string) => void) | undefined
}

/** How a driver answers its health. */
export interface HealthzOptions {
  /** Go style, `:9808`. */
  readonly address: string
  /** For one check. */
  readonly probeTimeoutMs: number
}

/** A driver that is served. */
export interface ServingDriver {
  /** `unix://` and the absolute path. */
  readonly endpoint: string
  /** Address of `/healthz`, with the real port; undefined when it is not served. */
  readonly healthzAddress: string | undefined
  /** Resolves when everything has closed, whoever closed it. */
  readonly closed: Promise<void>
  /** Withdraws the registration, lets calls in flight finish for `graceMs` (default 10,000), then aborts them. */
  close(options?: { readonly graceMs?: number | undefined }): Promise<void>
  /** Drops every connection without an answer and goes on serving; for tests. */
  dropConnections(): void
}

/** Something to be closed, in the reverse order of opening. */
type Closer = (graceMs: number | undefined) => Promise<void>

/**
 * Serves a driver on its socket; registers it and answers its health when told to.
 * @throws Error in one line when a socket or a port cannot be listened on; nothing is left open then
 */
export async function serveCsi(driver: Driver, options: ServeCsiOptions): Promise<ServingDriver> {
  const { log, signal } = options
  signal.throwIfAborted()
  const closers: Closer[] = []
  const { promise: closed, resolve: setClosed } = Promise.withResolvers<void>()
  const closeAll = async (graceMs: number | undefined): Promise<void> => {
    signal.removeEventListener('abort', onAbort)
    for (const close of closers.toReversed()) {
      await close(graceMs).catch((error: unknown) => log.error('cannot close', error, { driver: driver.name }))
    }
    setClosed()
  }
  let closing: Promise<void> | undefined
  const close = (graceMs?: number): Promise<void> => {
    closing ??= closeAll(graceMs)
    return closing
  }
  const onAbort = (): void => void close()

  try {
    const server = await openServer(driver, options, closers)
    const healthzAddress = await openHealthz(server.endpoint, options, closers)
    await openRegistration(driver, options, closers)
    log.info('serving', { driver: driver.name, version: driver.vendorVersion, endpoint: server.endpoint })
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort() // it fired while the sockets were made
    return {
      endpoint: server.endpoint,
      healthzAddress,
      closed,
      close: (closeOptions) => close(closeOptions?.graceMs),
      dropConnections: () => server.dropConnections(),
    }
  } catch (error) {
    await close(0)
    throw error
  }
}

async function openServer(driver: Driver, options: ServeCsiOptions, closers: Closer[]): Promise<RpcServer> {
  const { endpoint, log, metrics, socketMode } = options
  const intercept = withResponseCheck(driver.intercept, log)
  const server = await serve(driver.services, {
    endpoint,
    log,
    metrics,
    socketMode,
    intercept,
    driverName: driver.name,
  })
  closers.push((graceMs) => server.close({ graceMs }))
  return server
}

async function openHealthz(
  address: string,
  { healthz, log }: ServeCsiOptions,
  closers: Closer[],
): Promise<string | undefined> {
  if (healthz === undefined) return undefined
  const endpoints = createHttpEndpoints({ log })
  serveHealth(endpoints, { health: createHealthCheck({ address, probeTimeoutMs: healthz.probeTimeoutMs, log }) })
  closers.push(() => endpoints.close())
  return (await endpoints.listen(healthz.address)).address
}

async function openRegistration(
  driver: Driver,
  { registration, log, signal }: ServeCsiOptions,
  closers: Closer[],
): Promise<void> {
  if (registration === undefined) return
  const { kubeletPath, registrationDir, onRefused } = registration
  const served = await serveRegistration({
    driverName: driver.name,
    endpoint: kubeletPath,
    registrationDir,
    log,
    signal,
    onRefused(reason) {
      log.error('kubelet refused to register the driver', undefined, { driver: driver.name, reason })
      onRefused?.(reason)
    },
  })
  closers.push(() => served.close())
}

function withResponseCheck(inner: Interceptor | undefined, log: Logger): Interceptor {
  return async (call, next) => {
    const response = await (inner === undefined ? next() : inner(call, next))
    for (const problem of checkResponse(call.name, response)) {
      log.warn('response breaks the CSI specification', { method: call.method, problem })
    }
    return response
  }
}
