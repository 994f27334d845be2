import { randomUUID } from 'node:crypto'
import { type ApiAnswer, type ApiCall, isDryRun, nowText, strategyContext } from './api-call.ts'
import { StoredObject } from './collection.ts'
import { checkIdentity, decodeBody } from './decode-body.ts'
import { storedAnswer } from './encode-object.ts'
import type { ApiObject } from './json-record.ts'
import { checkNamespace } from './namespace-admission.ts'
import { storeKeyOf } from './object-key.ts'
import { generateName, metadataErrors } from './object-metadata.ts'
import { trackUpdate } from './ownership/field-owners.ts'
import { alreadyExists, invalid, StatusError } from './status-error.ts'

/** POST of a new object. */
export function createObject(call: ApiCall): ApiAnswer {
  const object = decodeBody(call)
  checkIdentity(call, object)
  trackUpdate(call, undefined, object)
  return storedAnswer(call, 201, storeNew(call, object))
}

/**
 * Completes, checks and stores a new object, or only pretends to for a dry run.
 *
 * @throws StatusError 404 for a missing namespace, 409 for a taken name, 422 for a rule that is broken.
 */
export function storeNew(call: ApiCall, object: ApiObject): StoredObject {
  const { state, resource } = call
  const { strategy } = resource
  const context = strategyContext(state)
  if (object.metadata.resourceVersion !== undefined) {
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created')
  }
  if (resource.namespaced) checkNamespace(call, object.metadata)
  strategy.admitCreate?.(object, context)
  completeMetadata(object, nowText(state))
  if (strategy.createsWithStatus !== true && resource.subresources.has('status')) delete object['status']
  if (strategy.generation === 'from-create') object.metadata.generation = 1
  strategy.prepareForCreate?.(object, context)
  const errors = [
    ...metadataErrors(object, resource),
    ...(strategy.validate?.(object) ?? []),
    ...(strategy.validateCreate?.(object) ?? []),
  ]
  if (errors.length > 0) throw invalid(resource.storedType ?? resource, object.metadata.name ?? '', errors)
  const key = storeKeyOf(object.metadata)
  if (state.store.collection(resource.collection).get(key) !== undefined) {
    throw alreadyExists(resource, object.metadata.name ?? '')
  }
  if (isDryRun(call.query)) return new StoredObject(key, 0, object)
  return state.store.write(resource.collection, key, object)
}

function completeMetadata({ metadata }: ApiObject, now: string): void {
  if (metadata.name === undefined && metadata.generateName !== undefined)
    metadata.name = generateName(metadata.generateName)
  metadata.uid = randomUUID()
  metadata.creationTimestamp = now
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
}
