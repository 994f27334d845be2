import { type Clock, KeyedLocks, linkSignals, systemClock } from '@csi-ts/concurrency'
import type { Logger, MetricsRegistry } from '@csi-ts/telemetry'
import { createRegistrationService } from './registration-service.ts'
import { openRegistrationSocket, type RegistrationSocket, registrationSocketPath } from './registration-socket.ts'
import { createRegistrationState, type RegistrationStatus } from './registration-state.ts'
import { guardSocket } from './socket-guard.ts'

/** How a driver registers with kubelet. */
export interface ServeRegistrationOptions {
  readonly driverName: string
  /** The driver's socket as kubelet sees it: `--kubelet-registration-path`. */
  readonly endpoint: string
  /** Kubelet's `plugins_registry` directory, as seen here. It must exist. */
  readonly registrationDir: string
  /** Default `1.0.0`, which every kubelet takes. */
  readonly versions?: readonly string[] | undefined
  readonly log: Logger
  /** Kubelet has refused the driver, with its reason. Upstream restarts; `renew` makes kubelet try again. */
  readonly onRefused: (error: string) => void
  /** Ends the registration: kubelet forgets the driver. */
  readonly signal: AbortSignal
  /** Whether the socket is made anew when somebody removes it. Default true. */
  readonly restore?: boolean | undefined
  /** Whether the socket's file stays at the end, so that kubelet keeps the driver registered over a restart. Default false. */
  readonly keepSocket?: boolean | undefined
  readonly metrics?: MetricsRegistry | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/** A registration that kubelet can see. */
export interface Registration {
  readonly socketPath: string
  /** What kubelet has said last. */
  readonly status: RegistrationStatus
  /** Makes the socket anew, upon which kubelet registers the driver again and asks for its node information. */
  renew(): Promise<void>
  /** Removes the socket, upon which kubelet forgets the driver, until `renew`. */
  withdraw(): Promise<void>
  /** Removes the socket (or leaves it, see `keepSocket`) and stops serving. May be called again. */
  close(): Promise<void>
}

/**
 * Serves kubelet's plugin registration API for a driver, which makes kubelet register it. Resolves when the socket is there.
 * Rejects when it cannot be made. Kubelet 1.26 or later: older ones send a header that Node's HTTP/2 refuses.
 */
export async function serveRegistration(options: ServeRegistrationOptions): Promise<Registration> {
  const { driverName, endpoint, versions = ['1.0.0'], log, clock = systemClock } = options
  options.signal.throwIfAborted()
  const socketPath = registrationSocketPath(options.registrationDir, driverName)
  const state = createRegistrationState({ metrics: options.metrics, clock })
  const service = createRegistrationService(
    { driverName, endpoint, versions },
    { state, log, onRefused: options.onRefused },
  )
  const lock = new KeyedLocks()
  const ended = linkSignals(options.signal)
  let socket: RegistrationSocket | undefined
  let withdrawn = false

  const shut = async (): Promise<void> => {
    await socket?.server.close({ graceMs: 0 })
    socket = undefined
  }
  const open = async (): Promise<void> => {
    await shut()
    if (ended.signal.aborted) return
    socket = await openRegistrationSocket(socketPath, service, log)
    withdrawn = false
    state.renewed()
    log.info('registration server started', { path: socketPath })
  }
  const renew = (): Promise<void> => lock.run(socketPath, open)
  const withdraw = (): Promise<void> =>
    lock.run(socketPath, async () => {
      withdrawn = true
      await shut()
      state.renewed()
    })
  const close = async (): Promise<void> => {
    ended.abort(new Error('the registration was closed'))
    await guarding
    if (options.keepSocket !== true) await lock.run(socketPath, shut)
  }

  await renew()
  const guarding =
    (options.restore ?? true)
      ? guardSocket({
          path: socketPath,
          log,
          clock,
          signal: ended.signal,
          isWanted: () => !withdrawn,
          restore: () => lock.run(socketPath, async () => (withdrawn ? undefined : await open())),
        })
      : Promise.resolve()
  options.signal.addEventListener('abort', () => void close(), { once: true })
  if (options.signal.aborted) await close() // it fired while the socket was made
  return {
    socketPath,
    get status() {
      return state.status
    },
    renew,
    withdraw,
    close,
  }
}
