import { aggregateText, bodyText, type FieldError } from './field-error.ts'

/** A resource in messages: `storageclasses.storage.k8s.io`. */
export interface GroupResource {
  readonly group: string
  readonly plural: string
}

/** `details` of a Status. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  readonly retryAfterSeconds?: number
}

/** A request that the server refuses; answered as a `v1` Status with this code, reason and message. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined
  /** `metadata` of the Status: a list's, as the Status stands in for it. */
  readonly metadata: Readonly<Record<string, string>>

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.metadata = metadata
    this.code = code
    this.reason = reason
    this.details = details
  }
}

/** The Status object of an error. What is no StatusError becomes a 500 without its text. */
export function statusOf(error: unknown): Record<string, unknown> & { readonly code: number } {
  const known = error instanceof StatusError ? error : new StatusError(500, 'InternalError', 'Internal error occurred')
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: known.metadata,
    status: 'Failure',
    message: known.message,
    ...(known.reason === '' ? {} : { reason: known.reason }),
    ...(known.details === undefined ? {} : { details: known.details }),
    code: known.code,
  }
}

/** `storageclasses.storage.k8s.io`, or `pods` in the core group. */
export function resourceText({ group, plural }: GroupResource): string {
  return group === '' ? plural : `${plural}.${group}`
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${resourceText(resource)} ${quote(name)} not found`,
    detailsOf(resource, name),
  )
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  const message = `${resourceText(resource)} ${quote(name)} already exists`
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name))
}

/** The text of the conflict that clients retry on. */
export const modifiedText =
  'the object has been modified; please apply your changes to the latest version and try again'

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${resourceText(resource)} ${quote(name)}: ${why}`
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name))
}

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  const what = name === '' ? resourceText(resource) : `${resourceText(resource)} ${quote(name)}`
  return new StatusError(403, 'Forbidden', `${what} is forbidden: ${why}`, detailsOf(resource, name))
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

/**
 * A resource version or continue token that the history does not reach back to.
 *
 * @param continueToken goes on inconsistently; sent in the Status's metadata.
 */
export function expired(message: string, continueToken = ''): StatusError {
  const metadata = continueToken === '' ? {} : { continue: continueToken }
  return new StatusError(410, 'Expired', message, undefined, metadata)
}

/** A resource version that no write has reached yet: clients wait and try again. */
export function resourceVersionTooLarge(asked: number, newest: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${newest}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** The answer to a resource that an API group does not have. */
export function pathNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
}

export function invalid(
  type: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`
  return new StatusError(422, 'Invalid', `${kind} ${quote(name)} is invalid: ${aggregateText(errors)}`, {
    ...(name === '' ? {} : { name }),
    ...(type.group === '' ? {} : { group: type.group }),
    ...(type.kind === '' ? {} : { kind: type.kind }),
    causes: errors.map((error) => ({ reason: error.type, message: bodyText(error), field: error.field })),
  })
}

/** A string as Go's `%q` prints it, for texts without control characters. */
function quote(text: string): string {
  return JSON.stringify(text)
}

function detailsOf({ group, plural }: GroupResource, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural }
}
