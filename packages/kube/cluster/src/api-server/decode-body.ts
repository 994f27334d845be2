import type { ApiCall } from './api-call.ts'
import { DecodeError } from './canonical-scalar.ts'
import { type ApiObject, isRecord, stringAt } from './json-record.ts'
import { groupVersionOf } from './served-resource.ts'
import { badRequest } from './status-error.ts'

/** The object in a request's body, in its stored form. Throws StatusError 400. */
export function decodeBody(call: ApiCall): ApiObject {
  const { resource, body } = call
  if (!isRecord(body)) throw badRequest('the body of the request is not an object')
  const expected = groupVersionOf(resource)
  const given = stringAt(body, 'apiVersion')
  const kind = stringAt(body, 'kind')
  if (resource.isCustom === true && kind === '') {
    const text = JSON.stringify(body)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}'`,
    )
  }
  // Go's client sends objects without a type; the path says what they are.
  const refused = (why: string) =>
    badRequest(
      `${kind || resource.kind} in version "${given || expected}" cannot be handled as a ${resource.kind}: ${why}`,
    )
  if (given !== '' && given !== expected) {
    throw refused(
      `no kind "${kind || resource.kind}" is registered for version "${given}" in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
  if (kind !== '' && kind !== resource.kind) {
    const internal = resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '')
    throw refused(`converting (${resource.version}.${kind}) to (${internal}.${resource.kind}): unknown conversion`)
  }
  return decodeObject(call, { ...body, apiVersion: expected, kind: resource.kind })
}

/** A whole object, in its stored form; fields that the kind does not have are handled as `fieldValidation` asks. */
function decodeObject(call: ApiCall, value: unknown): ApiObject {
  const { resource } = call
  return decodeOrRefuse(resource.kind, resource.version, () => decodeStrictly(call, value))
}

/** The same for what a patch has made of an object; throws DecodeError. */
export function decodeStrictly({ resource, query, warnings }: ApiCall, value: unknown): ApiObject {
  const unknownFields: string[] = []
  const object = resource.codec.decode(value, unknownFields)
  const texts = unknownFields.map((field) => `unknown field "${field}"`)
  const validation = query.get('fieldValidation') ?? 'Warn'
  if (texts.length > 0 && validation === 'Strict') throw new DecodeError(`strict decoding error: ${texts.join(', ')}`)
  if (validation === 'Warn') warnings.push(...texts)
  return object
}

/** Runs a decoder; a value of the wrong type becomes a 400 with the real server's introduction. */
export function decodeOrRefuse<T>(kind: string, version: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`)
  }
}

/** Name and namespace of a body against those of the path. Throws StatusError 400. */
export function checkIdentity({ route, resource }: ApiCall, object: ApiObject): void {
  const { name = '', namespace = '' } = object.metadata
  if (route.name !== '' && name !== '' && name !== route.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${route.name})`)
  }
  if (route.name !== '' && name === '') {
    throw badRequest(`the name of the object (${route.name} based on URL) was undeterminable: name must be provided`)
  }
  const expected = resource.namespaced ? route.namespace : ''
  if (namespace !== '' && namespace !== expected) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (expected !== '') object.metadata.namespace = expected
  else delete object.metadata.namespace
}
