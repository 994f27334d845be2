import type { FieldError } from '../field-error.ts'
import type { ApiObject } from '../json-record.ts'
import type { GroupResource } from '../status-error.ts'

/** What a strategy may look at besides the object. */
export interface StrategyContext {
  /** Time of the request as objects carry it, in whole seconds. */
  readonly now: string
  /** An object of a resource, as it is stored; undefined when there is none. Objects are not to be changed. */
  readonly find: (resource: GroupResource, namespace: string, name: string) => ApiObject | undefined
  readonly list: (resource: GroupResource) => readonly ApiObject[]
}

/**
 * The rules of one kind: what the real API server's code for it adds to the general ones. Functions that take `object`
 * change it in place; it is a copy that belongs to the request.
 */
export interface Strategy {
  /** Fills what was left out. Runs whenever an object is decoded. */
  defaults?(object: ApiObject): void
  /** Clears what users may not set, and sets what the server does. Runs before {@link Strategy.validate}. */
  prepareForCreate?(object: ApiObject, context: StrategyContext): void
  /** The same for a write to the main resource, after the status has been taken from the stored object. */
  prepareForUpdate?(object: ApiObject, stored: ApiObject, context: StrategyContext): void
  /** The same for a write to `/status`, after all else has been taken from the stored object. */
  prepareForStatusUpdate?(object: ApiObject, stored: ApiObject, context: StrategyContext): void
  /** Admission that changes a new object. Throws StatusError. Runs before everything else. */
  admitCreate?(object: ApiObject, context: StrategyContext): void
  /** Admission that only says yes or throws StatusError. Runs after validation. */
  admitUpdate?(object: ApiObject, stored: ApiObject, context: StrategyContext): void
  /** The listed validation rules (README); not all that the real server has. */
  validate?(object: ApiObject): readonly FieldError[]
  /** The rules that only new objects have to keep. */
  validateCreate?(object: ApiObject): readonly FieldError[]
  validateUpdate?(object: ApiObject, stored: ApiObject): readonly FieldError[]
  /** Fields besides `metadata.name` and `metadata.namespace` that a field selector may name. */
  selectableFields?(object: ApiObject): Readonly<Record<string, string>>
  /** A new object may bring its status along. Default: it is dropped, when there is a `status` subresource. */
  readonly createsWithStatus?: true
  /** `metadata.generation` starts at 1 and counts changes outside of metadata and status. Default: none. `from-update`: not set on create. */
  readonly generation?: 'from-create' | 'from-update'
  /** A first delete only marks the object, and changes it like this; false: it is deleted like any other. */
  markDeleted?(object: ApiObject, context: Pick<StrategyContext, 'now'>): boolean
  /** A write to the status changes nothing else, not even labels. Default false. */
  readonly keepsMetadataOnStatus?: true
  /** `generation` counts changes of the status, too: it is written with everything else. */
  readonly countsStatus?: boolean
  /** PUT creates a missing object. Default false. */
  readonly createsOnUpdate?: boolean
  /** PUT needs no resource version. Default true. */
  readonly updatesUnconditionally?: boolean
  /** DELETE answers with the object rather than with a Status. Default false. */
  readonly returnsDeleted?: boolean
  /** The kind is deleted gracefully: how long a delete that asks for so many seconds may take. Pods wait for kubelet. */
  gracePeriodSeconds?(object: ApiObject, requested: number | undefined): number
  /** How names are checked. Default: DNS subdomain. */
  readonly names?: 'subdomain' | 'label' | 'path-segment'
}
