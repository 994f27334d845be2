import { type Clock, systemClock } from '@csi-ts/concurrency'
import type { MetricsRegistry } from '@csi-ts/telemetry'

/** What kubelet has said about the registration. */
export type RegistrationStatus =
  /** Nothing yet. */
  | { readonly kind: 'waiting' }
  /** The driver is registered. */
  | { readonly kind: 'registered'; readonly atMs: number }
  /** Kubelet could not register the driver. */
  | { readonly kind: 'refused'; readonly atMs: number; readonly error: string }

/** Remembers and counts what kubelet says. */
export interface RegistrationState {
  readonly status: RegistrationStatus
  infoAsked(): void
  confirmed(): void
  refused(error: string): void
  /** The socket was made anew: kubelet will speak again. */
  renewed(): void
}

/** A state in which kubelet has said nothing. The metrics are ours; upstream has none. */
export function createRegistrationState(
  options: { readonly metrics?: MetricsRegistry | undefined; readonly clock?: Clock | undefined } = {},
): RegistrationState {
  const { metrics, clock = systemClock } = options
  const calls = metrics?.counter({
    name: 'csi_registration_calls_total',
    help: 'Calls of kubelet on the registration socket by result: info, registered, refused.',
    labelNames: ['result'],
  })
  const lastSuccess = metrics?.gauge({
    name: 'csi_registration_last_success_timestamp_seconds',
    help: 'When kubelet last confirmed the registration, in seconds since the Unix epoch; 0 means never.',
  })
  let status: RegistrationStatus = { kind: 'waiting' }
  return {
    get status() {
      return status
    },
    infoAsked: () => calls?.inc({ result: 'info' }),
    confirmed: () => {
      status = { kind: 'registered', atMs: clock.now() }
      calls?.inc({ result: 'registered' })
      lastSuccess?.set(status.atMs / 1000)
    },
    refused: (error) => {
      status = { kind: 'refused', atMs: clock.now(), error }
      calls?.inc({ result: 'refused' })
    },
    renewed: () => {
      status = { kind: 'waiting' }
    },
  }
}
