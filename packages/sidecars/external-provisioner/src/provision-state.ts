import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { ProvisionState } from '@csi-ts/kube-provision'

/** What decides, besides the error, what a failed CreateVolume means. */
export interface CreateContext {
  /** The driver has topology and a node was selected: another node may do. */
  readonly mayReschedule: boolean
}

/**
 * What a failed CreateVolume says about the volume. Codes that leave open whether something exists or is being made are
 * `background`; what is no status of the driver says nothing, so it is too.
 */
export function toProvisionState(error: unknown, { mayReschedule }: CreateContext): ProvisionState {
  if (!(error instanceof CsiError)) return 'background'
  switch (error.code) {
    case Code.Canceled:
    case Code.DeadlineExceeded:
    case Code.Unavailable:
    case Code.Aborted:
      return 'background'
    case Code.ResourceExhausted:
      return mayReschedule ? 'reschedule' : 'finished'
    case Code.OK: // a failure cannot be OK; if it were, it would say nothing
      return 'background'
    case Code.Unknown:
    case Code.InvalidArgument:
    case Code.NotFound:
    case Code.AlreadyExists:
    case Code.PermissionDenied:
    case Code.FailedPrecondition:
    case Code.OutOfRange:
    case Code.Unimplemented:
    case Code.Internal:
    case Code.DataLoss:
    case Code.Unauthenticated:
      return 'finished'
  }
}

/** Whether the request can never succeed as it is: it is tried again only after a long wait. */
export function isInfeasible(error: unknown): boolean {
  return error instanceof CsiError && error.code === Code.InvalidArgument
}
