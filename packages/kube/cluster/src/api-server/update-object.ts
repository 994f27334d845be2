import { type ApiAnswer, type ApiCall, isDryRun, strategyContext } from './api-call.ts'
import { StoredObject } from './collection.ts'
import { storeNew } from './create-object.ts'
import { checkIdentity, decodeBody } from './decode-body.ts'
import { storedAnswer } from './encode-object.ts'
import type { FieldError } from './field-error.ts'
import { invalidValue } from './field-error.ts'
import { type ApiObject, cloneJson, jsonEqual } from './json-record.ts'
import { storeKey } from './object-key.ts'
import { keepSystemMetadata, metadataErrors, metadataUpdateErrors } from './object-metadata.ts'
import { trackUpdate } from './ownership/field-owners.ts'
import { conflict, invalid, modifiedText, notFound } from './status-error.ts'

/** PUT of a whole object or of its status. */
export function updateObject(call: ApiCall): ApiAnswer {
  const { state, resource, route, subresource } = call
  const object = decodeBody(call)
  checkIdentity(call, object)
  const stored = state.store.collection(resource.collection).get(storeKey(route.namespace, route.name))
  if (stored === undefined) {
    if (resource.strategy.createsOnUpdate !== true || subresource !== undefined) throw notFound(resource, route.name)
    trackUpdate(call, undefined, object)
    return storedAnswer(call, 201, storeNew(call, object))
  }
  return storedAnswer(call, 200, storeChanged(call, stored, object, trackUpdate))
}

/** Notes who owns which fields of `next`, in its metadata. */
export type OwnerTracker = (call: ApiCall, stored: ApiObject | undefined, next: ApiObject) => void

/**
 * Completes, checks and stores a changed object. What the request may not change is taken from the stored one; an
 * object that is being deleted goes with its last finalizer; a change that changes nothing is not written.
 *
 * @throws StatusError 409 when the object has been written since it was read, 422 for a rule that is broken.
 */
export function storeChanged(call: ApiCall, stored: StoredObject, next: ApiObject, track: OwnerTracker): StoredObject {
  const { state, resource, route, query } = call
  checkPreconditions(call, stored, next)
  keepSystemMetadata(next.metadata, stored.object.metadata)
  track(call, stored.object, next)
  isolate(call, stored.object, next)
  const errors = changeErrors(call, stored.object, next)
  if (errors.length > 0) throw invalid(resource.storedType ?? resource, route.name, errors)
  if (call.subresource === undefined) resource.strategy.admitUpdate?.(next, stored.object, strategyContext(state))
  next.metadata.resourceVersion = stored.object.metadata.resourceVersion ?? ''
  if (isUnchanged(next, stored.object)) return stored
  if (isDryRun(query)) return new StoredObject(stored.key, stored.revision, next)
  if (isGone(next)) return state.store.remove(resource.collection, stored.key, next)
  return state.store.write(resource.collection, stored.key, next)
}

function checkPreconditions({ resource, route }: ApiCall, stored: StoredObject, next: ApiObject): void {
  const { uid, resourceVersion, name = '' } = next.metadata
  const storedUid = stored.object.metadata.uid ?? ''
  if (route.verb === 'update' && uid !== undefined && uid !== storedUid) {
    const why =
      `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${stored.key}, ResourceVersion: 0, ` +
      `AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${storedUid}`
    throw conflict(resource, name, why)
  }
  const needsVersion = resource.strategy.updatesUnconditionally === false
  if (resourceVersion === undefined || resourceVersion === '0') {
    if (!needsVersion) return
    // The real server names the resource here where it names the kind elsewhere.
    const named = { group: resource.group, kind: resource.plural }
    throw invalid(named, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')])
  }
  if (resourceVersion !== String(stored.revision)) throw conflict(resource, name, modifiedText)
}

/** A write to the object leaves its status alone; a write to the status leaves all else alone. */
function isolate({ resource, subresource, state }: ApiCall, stored: ApiObject, next: ApiObject): void {
  const { strategy } = resource
  const context = strategyContext(state)
  if (subresource?.name === 'status') {
    const { status, metadata } = next
    const kept = cloneJson(stored)
    for (const field of Object.keys(next)) delete next[field]
    Object.assign(next, kept)
    if (status === undefined) delete next['status']
    else next['status'] = status
    // Who sets a status may set labels, annotations and finalizers with it.
    if (strategy.keepsMetadataOnStatus !== true) next.metadata = metadata
    else Object.assign(next.metadata, managedFieldsOf(metadata))
    strategy.prepareForStatusUpdate?.(next, stored, context)
    return
  }
  if (resource.subresources.has('status')) {
    if (stored['status'] === undefined) delete next['status']
    else next['status'] = cloneJson(stored['status'])
  }
  strategy.prepareForUpdate?.(next, stored, context)
  if (strategy.generation !== undefined && hasNewSpec(next, stored, strategy.countsStatus === true)) {
    next.metadata.generation = (stored.metadata.generation ?? 0) + 1
  }
}

function managedFieldsOf({ managedFields }: ApiObject['metadata']): Pick<ApiObject['metadata'], 'managedFields'> {
  return managedFields === undefined ? {} : { managedFields }
}

function hasNewSpec(next: ApiObject, stored: ApiObject, countsStatus: boolean): boolean {
  const fields = new Set([...Object.keys(next), ...Object.keys(stored)])
  for (const field of ['apiVersion', 'kind', 'metadata', ...(countsStatus ? [] : ['status'])]) fields.delete(field)
  return [...fields].some((field) => !jsonEqual(next[field], stored[field]))
}

function changeErrors({ resource, subresource }: ApiCall, stored: ApiObject, next: ApiObject): FieldError[] {
  const general = [...metadataErrors(next, resource), ...metadataUpdateErrors(next.metadata, stored.metadata)]
  if (subresource !== undefined) return general
  const { strategy } = resource
  return [...general, ...(strategy.validate?.(next) ?? []), ...(strategy.validateUpdate?.(next, stored) ?? [])]
}

function isUnchanged(next: ApiObject, stored: ApiObject): boolean {
  const withoutTimes = ({ metadata, ...rest }: ApiObject) => ({
    ...rest,
    metadata: { ...metadata, managedFields: metadata.managedFields?.map((entry) => ({ ...entry, time: undefined })) },
  })
  return jsonEqual(withoutTimes(next), withoutTimes(stored))
}

function isGone({ metadata }: ApiObject): boolean {
  const isWaiting = (metadata.deletionGracePeriodSeconds ?? 0) > 0
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0 && !isWaiting
}
