import type { ApiAnswer, ApiCall } from './api-call.ts'
import { applyObject } from './apply-object.ts'
import { DecodeError } from './canonical-scalar.ts'
import { checkIdentity, decodeStrictly } from './decode-body.ts'
import { storedAnswer } from './encode-object.ts'
import { invalidValue } from './field-error.ts'
import { type ApiObject, isRecord, type JsonRecord, stringAt } from './json-record.ts'
import { trackUpdate } from './ownership/field-owners.ts'
import { applyJsonPatch, JsonPatchError, type JsonPatchStep } from './patch/json-patch.ts'
import { applyMergePatch } from './patch/merge-patch.ts'
import { applyStrategicPatch } from './patch/strategic-patch.ts'
import { storedObject } from './read-objects.ts'
import type { ServedResource } from './served-resource.ts'
import { badRequest, invalid, StatusError } from './status-error.ts'
import { storeChanged } from './update-object.ts'

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** PATCH of an object or of its status, in any of the four ways. */
export function patchObject(call: ApiCall): ApiAnswer {
  const { resource, contentType } = call
  if (contentType === 'application/apply-patch+yaml') return applyObject(call)
  if (!patchTypes.includes(contentType) || (resource.isCustom === true && contentType.includes('strategic'))) {
    const accepted = patchTypes.filter((type) => resource.isCustom !== true || !type.includes('strategic')).join(', ')
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`
    throw new StatusError(415, 'UnsupportedMediaType', message)
  }
  const stored = storedObject(call)
  const current = resource.codec.encode(stored.object)
  const patched = applyPatch(contentType, current, call.body, resource)
  if (!isRecord(patched)) throw badRequest('the patched value is not an object')
  const next = decodePatched(call, patched)
  checkIdentity(call, next)
  // Without a resource version of its own the patch is for whatever is there.
  if (next.metadata.resourceVersion === stored.object.metadata.resourceVersion) delete next.metadata.resourceVersion
  next.metadata.resourceVersion ??= String(stored.revision)
  return storedAnswer(call, 200, storeChanged(call, stored, next, trackUpdate))
}

/** What is no object of the kind any more is the patch's fault. */
function decodePatched(call: ApiCall, patched: JsonRecord): ApiObject {
  try {
    return decodeStrictly(call, patched)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(patched), error.message)])
  }
}

function undecodable(body: unknown, wanted: string): StatusError {
  const given = Array.isArray(body) ? 'array' : typeof body
  return badRequest(`error decoding patch: json: cannot unmarshal ${given} into Go value of type ${wanted}`)
}

function applyPatch(contentType: string, current: ApiObject, body: unknown, resource: ServedResource): unknown {
  try {
    if (contentType === 'application/json-patch+json') return applyJsonPatch(current, stepsOf(body))
    if (!isRecord(body)) throw undecodable(body, 'map[string]interface {}')
    if (contentType === 'application/merge-patch+json') return applyMergePatch(current, body)
    return applyStrategicPatch(current, body, resource.schema)
  } catch (error) {
    if (error instanceof StatusError) throw error
    if (error instanceof JsonPatchError)
      throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
    throw badRequest((error as Error).message)
  }
}

function stepsOf(body: unknown): readonly JsonPatchStep[] {
  if (!Array.isArray(body)) throw undecodable(body, '[]handlers.jsonPatchOp')
  return body.map((step: unknown) => {
    const record: JsonRecord = isRecord(step) ? step : {}
    return {
      op: stringAt(record, 'op'),
      path: stringAt(record, 'path'),
      from: stringAt(record, 'from'),
      value: record['value'],
    }
  })
}
