import type { ApiAnswer, ApiCall } from './api-call.ts'
import { canonicalize } from './canonical-form.ts'
import { storeNew } from './create-object.ts'
import { checkIdentity, decodeBody } from './decode-body.ts'
import { storedAnswer } from './encode-object.ts'
import { required } from './field-error.ts'
import { type ApiObject, cloneJson, isRecord, stringAt, valueAt } from './json-record.ts'
import { storeKey } from './object-key.ts'
import { fieldsOf } from './ownership/compare-fields.ts'
import {
  compareStates,
  type FieldOwner,
  isSame,
  ownable,
  ownerOf,
  ownersOf,
  writeOwners,
} from './ownership/field-owners.ts'
import { difference, intersection, isEmptySet, noFields, pathTexts, union } from './ownership/field-set.ts'
import { mergeConfiguration, removeFields } from './ownership/merge-configuration.ts'
import { isTrue } from './request-route.ts'
import { groupVersionOf } from './served-resource.ts'
import { badRequest, invalid, StatusError } from './status-error.ts'
import { storeChanged } from './update-object.ts'

/**
 * PATCH by server-side apply: creates the object, or lays what the client wants over it. What the client applied before
 * and leaves out now goes, unless somebody else owns it too.
 *
 * Bounds: one version per kind; merging follows the list and map types of the OpenAPI document.
 *
 * @throws StatusError 409 when a field would change that another manager owns, and the client does not force it.
 */
export function applyObject(call: ApiCall): ApiAnswer {
  const { state, resource, route, body, query } = call
  if ((query.get('fieldManager') ?? '') === '') {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ])
  }
  if (!isRecord(body)) throw badRequest('error decoding YAML: the applied configuration is not an object')
  if (stringAt(body, 'kind') === '' || stringAt(body, 'apiVersion') === '') {
    throw badRequest(`invalid object type: /, Kind=${stringAt(body, 'kind')}`)
  }
  if (valueAt(body, 'metadata', 'managedFields') !== undefined) throw badRequest('metadata.managedFields must be nil')
  // What was left out stays left out: the fields of the body itself are what the client wants to own.
  const { metadata, ...rest } = body
  const wanted = { ...rest, metadata: { ...(isRecord(metadata) ? metadata : {}), name: route.name } }
  const decoded = decodeBody({ ...call, body: wanted })
  checkIdentity(call, decoded)
  const self = { ...ownerOf(call, 'Apply'), fields: ownable(call, fieldsOf(cleaned(call, wanted), resource.schema)) }
  const stored = state.store.collection(resource.collection).get(storeKey(route.namespace, route.name))
  if (stored === undefined) {
    writeOwners(decoded, [self])
    return storedAnswer(call, 201, storeNew(call, decoded))
  }
  const owners = ownersOf(stored.object)
  const merged = mergeOver(call, stored.object, wanted, self, owners)
  const next = decodeBody({ ...call, body: merged })
  next.metadata.resourceVersion = String(stored.revision)
  const track = () => writeOwners(next, ownersAfter(call, stored.object, next, self, owners))
  return storedAnswer(call, 200, storeChanged(call, stored, next, track))
}

/** What is applied, in the canonical form of its values but without anything that the server would add. */
function cleaned({ resource }: ApiCall, wanted: unknown): unknown {
  const canonical = canonicalize(
    { ...(wanted as object), kind: resource.kind, apiVersion: groupVersionOf(resource) },
    resource.schema,
    [],
  )
  return onlyGiven(canonical, wanted)
}

function onlyGiven(canonical: unknown, given: unknown): unknown {
  if (Array.isArray(canonical) && Array.isArray(given))
    return canonical.map((item: unknown, index) => onlyGiven(item, given[index]))
  if (!isRecord(canonical) || !isRecord(given)) return canonical
  const kept = Object.entries(canonical).filter(([field]) => given[field] !== undefined)
  return Object.fromEntries(kept.map(([field, value]) => [field, onlyGiven(value, given[field])]))
}

function mergeOver(
  call: ApiCall,
  stored: ApiObject,
  wanted: ApiObject | object,
  self: FieldOwner,
  owners: readonly FieldOwner[],
): ApiObject {
  const { codec, schema } = call.resource
  const live = codec.encode(cloneJson(stored))
  const merged = mergeConfiguration(live, cleaned(call, wanted), schema)
  const before = owners.find((owner) => isSame(owner, self))?.fields ?? noFields
  const others = owners.filter((owner) => !isSame(owner, self)).map(({ fields }) => fields)
  const owned = others.reduce(union, self.fields)
  return removeFields(merged, schema, difference(before, owned), owned) as ApiObject
}

function ownersAfter(
  call: ApiCall,
  stored: ApiObject,
  next: ApiObject,
  self: FieldOwner,
  owners: readonly FieldOwner[],
): FieldOwner[] {
  const { added, modified, removed } = compareStates(call, stored, next)
  const changed = union(added, modified)
  const others = owners.filter((owner) => !isSame(owner, self))
  const conflicts = others
    .map((owner) => ({ owner, paths: pathTexts(intersection(owner.fields, changed)) }))
    .filter(({ paths }) => paths.length > 0)
  if (conflicts.length > 0 && !isTrue(call.query.get('force'))) throw conflictError(conflicts)
  const before = owners.find((owner) => isSame(owner, self))
  const isSameSet =
    before !== undefined &&
    isEmptySet(difference(before.fields, self.fields)) &&
    isEmptySet(difference(self.fields, before.fields))
  const mine = isSameSet && isEmptySet(changed) && isEmptySet(removed) ? { ...self, time: before.time } : self
  return [...others.map((owner) => ({ ...owner, fields: difference(owner.fields, union(changed, removed)) })), mine]
}

interface Conflict {
  readonly owner: FieldOwner
  readonly paths: readonly string[]
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.flatMap(({ owner, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${ownerText(owner)}`, field })),
  )
  const [only] = causes
  const list = conflicts.map(
    ({ owner, paths }) => `conflicts with ${ownerText(owner)}:\n${paths.map((path) => `- ${path}`).join('\n')}`,
  )
  const text =
    causes.length === 1
      ? `1 conflict: ${only?.message}: ${only?.field}`
      : `${causes.length} conflicts: ${list.join('\n')}`
  return new StatusError(409, 'Conflict', `Apply failed with ${text}`, { causes })
}

function ownerText({ manager, subresource, operation, apiVersion }: FieldOwner): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}
