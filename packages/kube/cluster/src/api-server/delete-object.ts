import { type ApiAnswer, type ApiCall, isDryRun, jsonAnswer, nowText } from './api-call.ts'
import type { StoredObject } from './collection.ts'
import { encodeStored, storedAnswer } from './encode-object.ts'
import { notSupported } from './field-error.ts'
import { type ApiObject, isRecord, type JsonRecord, recordAt, stringAt } from './json-record.ts'
import { parseListOptions } from './list-options.ts'
import { storePrefix } from './object-key.ts'
import { planDelete } from './plan-delete.ts'
import { storedObject } from './read-objects.ts'
import { createSelection } from './selection.ts'
import { groupVersionOf } from './served-resource.ts'
import { badRequest, conflict, invalid } from './status-error.ts'

/** What a delete asks for, from its body or query. */
interface DeleteOptions {
  readonly uid: string
  readonly resourceVersion: string
  readonly gracePeriodSeconds: number | undefined
  readonly propagationPolicy: string
  /** The older way to ask for a cascade, which is answered with 202. */
  readonly isAsynchronous: boolean
  readonly isDryRun: boolean
}

/** DELETE of one object. */
export function deleteObject(call: ApiCall): ApiAnswer {
  const options = parseDeleteOptions(call)
  const stored = storedObject(call)
  const outcome = deleteStored(call, stored, options)
  const { resource } = call
  if (outcome.isGone && resource.strategy.returnsDeleted !== true) {
    return jsonAnswer(200, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name: call.route.name,
        ...(resource.group === '' ? {} : { group: resource.group }),
        kind: resource.plural,
        uid: stored.object.metadata.uid,
      },
    })
  }
  return storedAnswer(call, options.isAsynchronous && !outcome.isGone ? 202 : 200, outcome.stored)
}

/** DELETE of all objects that match. Answers with the list of them. */
export function deleteObjects(call: ApiCall): ApiAnswer {
  const { state, resource, route } = call
  const options = parseDeleteOptions(call)
  const { labels, fields } = parseListOptions(call.query, false)
  const selection = createSelection(resource, labels, fields)
  const matching = [...state.store.collection(resource.collection).range(storePrefix(route.namespace))].filter(
    ({ object }) => selection(object),
  )
  const items = matching.map((stored) =>
    encodeStored(deleteStored(call, stored, options).stored, { ...call, view: 'object' }),
  )
  const head = {
    kind: resource.listKind,
    apiVersion: groupVersionOf(resource),
    metadata: { resourceVersion: String(state.store.revision) },
  }
  return jsonAnswer(200, `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}`)
}

interface Outcome {
  readonly isGone: boolean
  readonly stored: StoredObject
}

function deleteStored(call: ApiCall, stored: StoredObject, options: DeleteOptions): Outcome {
  const { state, resource } = call
  checkPreconditions(call, stored.object, options)
  const { collection, strategy } = resource
  const nowMs = Date.parse(nowText(state))
  const plan = planDelete(stored.object, { ...options, nowMs }, strategy)
  if (plan.kind === 'unchanged') return { isGone: false, stored }
  const isGone = plan.kind === 'remove' || plan.thenRemove
  if (options.isDryRun) return { isGone, stored }
  const last = plan.kind === 'mark' ? state.store.write(collection, stored.key, plan.next) : stored
  return { isGone, stored: isGone ? state.store.remove(collection, stored.key, last.object) : last }
}

function checkPreconditions({ resource, route }: ApiCall, { metadata }: ApiObject, options: DeleteOptions): void {
  const name = metadata.name ?? route.name
  // The real server names the kind here where it names the resource elsewhere.
  const kind = { group: resource.group, plural: resource.kind }
  if (options.uid !== '' && options.uid !== metadata.uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
    throw conflict(kind, name, why)
  }
  if (options.resourceVersion !== '' && options.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
    throw conflict(kind, name, why)
  }
}

function parseDeleteOptions({ body, query }: ApiCall): DeleteOptions {
  const given: JsonRecord = isRecord(body) ? body : {}
  const grace = given['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined
  const seconds = grace === undefined ? undefined : Number(grace)
  if (seconds !== undefined && !Number.isInteger(seconds)) throw badRequest('gracePeriodSeconds is not a number')
  const policy = stringAt(given, 'propagationPolicy') || (query.get('propagationPolicy') ?? '')
  const orphan = given['orphanDependents'] ?? query.get('orphanDependents')
  const preconditions = recordAt(given, 'preconditions')
  if (!['', 'Orphan', 'Background', 'Foreground'].includes(policy)) {
    const allowed = ['Foreground', 'Background', 'Orphan', 'nil']
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      notSupported('propagationPolicy', policy, allowed),
    ])
  }
  return {
    uid: stringAt(preconditions, 'uid'),
    resourceVersion: stringAt(preconditions, 'resourceVersion'),
    gracePeriodSeconds: seconds !== undefined && seconds < 0 ? 1 : seconds,
    propagationPolicy: policy !== '' ? policy : orphan === true || orphan === 'true' ? 'Orphan' : '',
    isAsynchronous: orphan === false || orphan === 'false',
    isDryRun: isDryRun(query) || (Array.isArray(given['dryRun']) && given['dryRun'].includes('All')),
  }
}
