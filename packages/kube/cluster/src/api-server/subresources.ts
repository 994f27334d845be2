import { type ApiAnswer, type ApiCall, jsonAnswer, nowText } from './api-call.ts'
import { canonicalize } from './canonical-form.ts'
import { decodeOrRefuse } from './decode-body.ts'
import { deleteObject } from './delete-object.ts'
import { storedAnswer } from './encode-object.ts'
import { required } from './field-error.ts'
import { type ApiObject, cloneJson, ensureRecord, listAt, recordAt, stringAt, valueAt } from './json-record.ts'
import { trackUpdate } from './ownership/field-owners.ts'
import { storedObject } from './read-objects.ts'
import { conflict, invalid, notFound } from './status-error.ts'
import { storeChanged } from './update-object.ts'

const bindings = { group: '', plural: 'pods/binding' }
const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

/** POST to `/pods/NAME/binding`: gives the pod its node. */
export function bindPod(call: ApiCall): ApiAnswer {
  const binding = bodyOf(call)
  const nodeName = stringAt(binding, 'target', 'name')
  if (nodeName === '') throw invalid({ group: '', kind: 'Binding' }, call.route.name, [required('target.name')])
  const stored = storedObject(call)
  const assigned = stringAt(stored.object, 'spec', 'nodeName')
  if (stored.object.metadata.deletionTimestamp !== undefined) {
    throw conflict(bindings, call.route.name, `pod ${call.route.name} is being deleted, cannot be assigned to a host`)
  }
  if (assigned !== '') {
    throw conflict(bindings, call.route.name, `pod ${call.route.name} is already assigned to node "${assigned}"`)
  }
  const next = cloneJson(stored.object)
  ensureRecord(next, 'spec')['nodeName'] = nodeName
  const conditions = listAt(next, 'status', 'conditions').filter(
    (condition) => stringAt(condition, 'type') !== 'PodScheduled',
  )
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: nowText(call.state),
  }
  ensureRecord(next, 'status')['conditions'] = [...conditions, scheduled]
  call.state.store.write(call.resource.collection, stored.key, next)
  return jsonAnswer(201, success)
}

/** POST to `/pods/NAME/eviction`: a delete, with the delete's options inside. Disruption budgets are not looked at. */
export function evictPod(call: ApiCall): ApiAnswer {
  const eviction = bodyOf(call)
  const answer = deleteObject({ ...call, body: valueAt(eviction, 'deleteOptions') })
  return answer.kind === 'text' && answer.code < 300 ? jsonAnswer(201, success) : answer
}

/** POST to `/serviceaccounts/NAME/token`: a signed token with the asked audiences and lifetime. */
export function requestToken(call: ApiCall): ApiAnswer {
  const request = bodyOf(call)
  const { metadata } = storedObject(call).object
  const seconds = Number(valueAt(request, 'spec', 'expirationSeconds') ?? 3600)
  const audiences = listAt(request, 'spec', 'audiences').map(String)
  const expiresAtMs = call.state.clock.now() + seconds * 1000
  const token = call.state.issueToken({
    namespace: call.route.namespace,
    serviceAccount: call.route.name,
    uid: metadata.uid ?? '',
    audiences: audiences.length === 0 ? ['https://kubernetes.default.svc'] : audiences,
    expiresAtMs,
  })
  const expirationTimestamp = `${new Date(expiresAtMs).toISOString().slice(0, 19)}Z`
  return jsonAnswer(201, { ...request, status: { token, expirationTimestamp } })
}

/** PUT to `/namespaces/NAME/finalize`: sets `spec.finalizers`; a deleted namespace without any is gone. */
export function finalizeNamespace(call: ApiCall): ApiAnswer {
  const { state, resource } = call
  const body = bodyOf(call)
  const stored = storedObject(call)
  const next = cloneJson(stored.object)
  const finalizers = listAt(body, 'spec', 'finalizers')
  if (finalizers.length > 0) ensureRecord(next, 'spec')['finalizers'] = finalizers
  else delete ensureRecord(next, 'spec')['finalizers']
  if (stored.object.metadata.deletionTimestamp !== undefined && finalizers.length === 0) {
    return storedAnswer(call, 200, state.store.remove(resource.collection, stored.key, next))
  }
  return storedAnswer(call, 200, state.store.write(resource.collection, stored.key, next))
}

/** Ephemeral containers are added by a write to their subresource. */
export function updateEphemeralContainers(call: ApiCall): ApiAnswer {
  const stored = storedObject(call)
  const next = cloneJson(stored.object)
  ensureRecord(next, 'spec')['ephemeralContainers'] = listAt(call.body, 'spec', 'ephemeralContainers')
  return storedAnswer(call, 200, storeChanged(call, stored, next, trackUpdate))
}

function bodyOf(call: ApiCall): ApiObject {
  const { subresource, body } = call
  if (subresource === undefined) throw notFound(call.resource, call.route.name)
  const given = recordAt({ body }, 'body')
  return decodeOrRefuse(
    subresource.kind,
    subresource.version,
    () => canonicalize(given, subresource.schema, []) as ApiObject,
  )
}
