import { errorText } from '@csi-ts/telemetry'

/** Why a program is done. Only {@link runMain} turns it into an exit code. */
export type ExitReason =
  /** Did what it was asked to, or was told to stop: exit 0. */
  | { readonly kind: 'finished' }
  /** Another instance leads: exit 1. */
  | { readonly kind: 'lost-lease'; readonly message: string }
  /** The driver's socket is gone: exit 1, with the message also in the container's termination message. */
  | { readonly kind: 'lost-driver'; readonly message: string }
  /** Cannot go on: one line on stderr, exit 1 or what it says. */
  | { readonly kind: 'failed'; readonly message: string; readonly error?: unknown; readonly exitCode?: number }

/** The exit code that a reason asks for. */
export function exitCodeOf(reason: ExitReason): number {
  switch (reason.kind) {
    case 'finished':
      return 0
    case 'lost-lease':
    case 'lost-driver':
      return 1
    case 'failed':
      return reason.exitCode ?? 1
  }
}

/** `failed`, from anything that was thrown. */
export function failedWith(message: string, error?: unknown, exitCode?: number): ExitReason {
  return {
    kind: 'failed',
    message,
    ...(error === undefined ? {} : { error }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

/** The reason in one line. */
export function describeExit(reason: ExitReason): string {
  if (reason.kind === 'finished') return 'finished'
  if (reason.kind !== 'failed' || reason.error === undefined) return reason.message
  return `${reason.message}: ${errorText(reason.error)}`
}
