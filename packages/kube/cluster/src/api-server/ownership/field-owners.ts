import { type ApiCall, nowText } from '../api-call.ts'
import { canonicalize } from '../canonical-form.ts'
import { type ApiObject, type JsonRecord, stringAt } from '../json-record.ts'
import { groupVersionOf } from '../served-resource.ts'
import { type Comparison, compareFields } from './compare-fields.ts'
import {
  difference,
  type FieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  noFields,
  toFieldsV1,
  union,
  without,
} from './field-set.ts'

/** Who owns which fields: one entry of `managedFields`. */
export interface FieldOwner {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string
  readonly fields: FieldSet
}

/** Metadata that nobody owns: the server's own, and what names the object. */
const unowned = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((field) => ['f:metadata', `f:${field}`]),
]

/**
 * Notes in `managedFields` that the client of this request has set or changed what differs between two states. Without a
 * stored object it has created everything. Objects whose owners were never noted stay that way.
 */
export function trackUpdate(call: ApiCall, stored: ApiObject | undefined, next: ApiObject): void {
  const sent = ownersOf(next)
  const owners = isReset(next) ? [] : sent.length > 0 ? sent : ownersOf(stored)
  if (stored !== undefined && owners.length === 0) {
    delete next.metadata.managedFields
    return
  }
  const comparison = compareStates(call, stored, next)
  const changed = union(comparison.added, comparison.modified)
  const self = ownerOf(call, 'Update')
  const before = owners.find((owner) => isSame(owner, self))
  const others = owners
    .filter((owner) => !isSame(owner, self))
    .map((owner) => withoutFields(owner, changed, comparison.removed))
  const fields = union(difference(before?.fields ?? noFields, comparison.removed), changed)
  // The time stays as it is while nothing changes hands.
  const isNew = !isEmptySet(changed) || !isEmptySet(comparison.removed)
  writeOwners(next, [...others, { ...self, time: isNew ? self.time : (before?.time ?? self.time), fields }])
}

/** The owners that an object names. */
export function ownersOf(object: ApiObject | undefined): FieldOwner[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({
    manager: stringAt(entry, 'manager'),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: stringAt(entry, 'apiVersion'),
    subresource: stringAt(entry, 'subresource'),
    time: stringAt(entry, 'time'),
    fields: fromFieldsV1(entry['fieldsV1']),
  }))
}

/** Writes the owners into an object; those of nothing are left out. */
export function writeOwners(object: ApiObject, owners: readonly FieldOwner[]): void {
  const entries = owners
    .filter(({ fields }) => !isEmptySet(fields))
    .toSorted(byTime)
    .map(entryOf)
  if (entries.length === 0) delete object.metadata.managedFields
  else object.metadata.managedFields = entries
}

/** Who the client of a request is, as an owner of nothing yet. */
export function ownerOf(
  { query, userAgent, resource, subresource, state }: ApiCall,
  operation: FieldOwner['operation'],
): FieldOwner {
  return {
    manager: query.get('fieldManager') || (userAgent.split('/')[0] ?? '') || 'unknown',
    operation,
    apiVersion: groupVersionOf(resource),
    subresource: subresource?.name ?? '',
    time: nowText(state),
    fields: noFields,
  }
}

export function isSame(a: FieldOwner, b: FieldOwner): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  )
}

/** How two states differ in fields that can be owned through the resource that the request is for. */
export function compareStates(call: ApiCall, before: ApiObject | undefined, after: ApiObject): Comparison {
  const { codec, schema } = call.resource
  // Before it was created there was what Go writes for an object that nobody has filled in.
  const start = before === undefined ? canonicalize({}, schema, []) : codec.encode(before)
  const { added, modified, removed } = compareFields(start, codec.encode(after), schema)
  const owned = (set: FieldSet): FieldSet => ownable(call, set)
  return { added: owned(added), modified: owned(modified), removed: owned(removed) }
}

/** A set without what cannot be owned through this resource. */
export function ownable({ resource, subresource }: ApiCall, set: FieldSet): FieldSet {
  const outside = [...set.children.keys()].filter((step) =>
    subresource?.name === 'status'
      ? step !== 'f:status' && (step !== 'f:metadata' || resource.strategy.keepsMetadataOnStatus === true)
      : step === 'f:status' && resource.subresources.has('status'),
  )
  const metadata = set.children.get('f:metadata')
  const base =
    metadata === undefined
      ? set
      : { ...set, children: new Map(set.children).set('f:metadata', { ...metadata, isMember: false }) }
  return [...unowned, ...outside.map((step) => [step])].reduce(without, { ...base, isMember: false })
}

/** Takes fields from an owner because another has changed them, or because they are gone. */
function withoutFields(owner: FieldOwner, changed: FieldSet, removed: FieldSet): FieldOwner {
  const lost = union(intersection(owner.fields, changed), removed)
  return { ...owner, fields: difference(owner.fields, lost) }
}

/** The order in which the real server writes owners. */
function byTime(a: FieldOwner, b: FieldOwner): number {
  return (
    a.operation.localeCompare(b.operation) ||
    a.time.localeCompare(b.time) ||
    a.manager.localeCompare(b.manager) ||
    a.subresource.localeCompare(b.subresource)
  )
}

/** One empty entry is how clients ask to forget all owners. */
function isReset({ metadata }: ApiObject): boolean {
  const [first] = metadata.managedFields ?? []
  return first !== undefined && Object.keys(first).length === 0
}

function entryOf({ manager, operation, apiVersion, subresource, time, fields }: FieldOwner): JsonRecord {
  return {
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  }
}
