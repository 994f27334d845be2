import { Code, CsiError } from '@csi-ts/csi-rpc'
import {
  ExecTimeoutError,
  MountConflictError,
  MountHungError,
  MountTimeoutError,
  UnsafeArgumentError,
  UnsafePathError,
} from '@csi-ts/mount'

/** Who was asked: the same mount conflict means another code when a target is taken than when a volume is still in use. */
export type FailedOperation = 'publish' | 'unpublish' | 'delete' | 'other'

/** The one place where a failure of mounts and files becomes a status code. Unknown ones stay Internal, details in the log. */
function toCsiError(operation: FailedOperation, error: unknown): unknown {
  if (error instanceof CsiError) return error
  if (error instanceof UnsafeArgumentError) return csiError(Code.InvalidArgument, error)
  if (error instanceof UnsafePathError) return csiError(Code.FailedPrecondition, error)
  if (error instanceof MountConflictError) {
    return csiError(operation === 'publish' ? Code.AlreadyExists : Code.FailedPrecondition, error)
  }
  // Not final: the kernel may still be at it, so the caller must repeat rather than forget.
  if (error instanceof MountTimeoutError || error instanceof MountHungError || error instanceof ExecTimeoutError) {
    return csiError(Code.Unavailable, error)
  }
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return csiError(Code.ResourceExhausted, error)
    if (error.code === 'ENOENT' && operation === 'publish') return csiError(Code.FailedPrecondition, error)
  }
  return error
}

/** Runs work and maps what it throws. */
export async function withCsiErrors<T>(operation: FailedOperation, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toCsiError(operation, error)
  }
}

function csiError(code: Code, cause: Error): CsiError {
  return new CsiError(code, cause.message, { cause })
}
