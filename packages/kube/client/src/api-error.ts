import type { StatusDetails } from '@csi-ts/kube-api'

/** What an {@link ApiError} is made of. */
export interface ApiErrorFields {
  /** HTTP status, or the `code` of an ERROR event of a watch. */
  readonly code: number
  /** Machine-readable, e.g. `NotFound`; empty when the answer was no Kubernetes Status. */
  readonly reason: string
  /** The server's own words. */
  readonly message: string
  readonly details?: StatusDetails | undefined
  readonly retryAfterMs?: number | undefined
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`; the HTTP method for raw requests. */
  readonly verb: string
  /** Path of the request, without its query. */
  readonly path: string
  readonly cause?: unknown
}

/** The API server said no. `message` is the server's own, so that events and logs read as upstream's do. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined
  readonly retryAfterMs: number | undefined
  readonly verb: string
  readonly path: string

  constructor(fields: ApiErrorFields) {
    super(fields.message, fields.cause === undefined ? {} : { cause: fields.cause })
    this.code = fields.code
    this.reason = fields.reason
    this.details = fields.details
    this.retryAfterMs = fields.retryAfterMs
    this.verb = fields.verb
    this.path = fields.path
  }
}

/** 404. */
export function isNotFound(error: unknown): boolean {
  return is(error, 'NotFound', 404)
}

/** 409 to a create: there is an object of that name. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'AlreadyExists'
}

/** 409 to a write: the object has changed since it was read, or a precondition does not hold. */
export function isConflict(error: unknown): boolean {
  return is(error, 'Conflict', 409)
}

/** 410: the resourceVersion or continue token is too old (reasons `Expired` and `Gone`). */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 410
}

/** 401. */
export function isUnauthorized(error: unknown): boolean {
  return is(error, 'Unauthorized', 401)
}

/** 403: RBAC or an admission plugin refuses. */
export function isForbidden(error: unknown): boolean {
  return is(error, 'Forbidden', 403)
}

/** 400. */
export function isBadRequest(error: unknown): boolean {
  return is(error, 'BadRequest', 400)
}

/** 422: validation failed; `details.causes` names the fields. */
export function isInvalid(error: unknown): boolean {
  return is(error, 'Invalid', 422)
}

/** 429, after the client has waited and asked again as often as it may. */
export function isTooManyRequests(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === 'TooManyRequests' || error.code === 429)
}

/** 500 without a better reason. */
export function isInternalError(error: unknown): boolean {
  return is(error, 'InternalError', 500)
}

/** 503. */
export function isServiceUnavailable(error: unknown): boolean {
  return is(error, 'ServiceUnavailable', 503)
}

/** 504 or a storage timeout: the server may or may not have carried the request out. */
export function isServerTimeout(error: unknown): boolean {
  return is(error, 'Timeout', 504) || (error instanceof ApiError && error.reason === 'ServerTimeout')
}

/** A reason that is given decides; without one the code does. */
function is(error: unknown, reason: string, code: number): boolean {
  if (!(error instanceof ApiError)) return false
  return error.reason === '' ? error.code === code : error.reason === reason
}
