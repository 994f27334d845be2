import type { ApiState } from '../api-call.ts'
import { nowText } from '../api-call.ts'
import type { StoredObject } from '../collection.ts'
import { type ApiObject, cloneJson, listAt, recordAt, stringAt } from '../json-record.ts'
import type { ServedResource } from '../served-resource.ts'
import { customResources } from './custom-resource.ts'
import { cleanupFinalizer } from './definition-strategy.ts'

const definitions = 'apiextensions.k8s.io/customresourcedefinitions'

/**
 * Serves what the definitions say, from now on: a new definition is established, a changed one takes effect with the
 * next request, and a deleted one goes with all of its objects.
 */
export function serveCustomResources(state: ApiState): void {
  const { store, registry } = state
  const served = new Map<string, readonly ServedResource[]>()

  function withdraw(key: string): void {
    for (const resource of served.get(key) ?? []) registry.remove(resource)
    served.delete(key)
  }

  store.collection(definitions).subscribe(({ type, current }) => {
    withdraw(current.key)
    if (type === 'DELETED') return
    const resources = customResources(current.object)
    for (const resource of resources) registry.add(resource)
    served.set(current.key, resources)
    // The client hears of its own write first, as from the real server, whose controllers follow up.
    queueMicrotask(() => followUp(state, current))
  })
}

function followUp(state: ApiState, stored: StoredObject): void {
  const { store } = state
  if (store.collection(definitions).get(stored.key) !== stored) return
  if (stored.object.metadata.deletionTimestamp !== undefined) {
    removeAll(state, stored)
    return
  }
  const isEstablished = listAt(stored.object, 'status', 'conditions').some(
    (each) => stringAt(each, 'type') === 'Established',
  )
  if (!isEstablished) store.write(definitions, stored.key, established(stored.object, nowText(state)))
}

function established(object: ApiObject, now: string): ApiObject {
  const next = cloneJson(object)
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  })
  next['status'] = {
    ...recordAt(next, 'status'),
    acceptedNames: recordAt(next, 'spec', 'names'),
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
  }
  return next
}

function removeAll({ store }: ApiState, stored: StoredObject): void {
  const name = `${stringAt(stored.object, 'spec', 'group')}/${stringAt(stored.object, 'spec', 'names', 'plural')}`
  const collection = store.collection(name)
  for (const each of Array.from(collection.range(''))) store.remove(name, each.key, each.object)
  const next = cloneJson(stored.object)
  const finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer)
  if (finalizers.length > 0)
    store.write(definitions, stored.key, { ...next, metadata: { ...next.metadata, finalizers } })
  else store.remove(definitions, stored.key, next)
}
