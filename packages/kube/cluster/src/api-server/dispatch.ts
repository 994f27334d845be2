import type { ApiAnswer, ApiCall } from './api-call.ts'
import { createObject } from './create-object.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { patchObject } from './patch-object.ts'
import { getObject, listObjects } from './read-objects.ts'
import { methodNotAllowed } from './status-error.ts'
import { bindPod, evictPod, finalizeNamespace, requestToken, updateEphemeralContainers } from './subresources.ts'
import { updateObject } from './update-object.ts'
import { watchObjects } from './watch-objects.ts'

/** Carries out a request for a resource. Throws StatusError for what is refused. */
export function dispatch(call: ApiCall): ApiAnswer {
  const { route, resource, subresource } = call
  const verbs = subresource?.verbs ?? resource.verbs
  if (!verbs.has(route.verb)) throw methodNotAllowed()
  if (subresource !== undefined && subresource.name !== 'status') return dispatchSubresource(call)
  switch (route.verb) {
    case 'get':
      return getObject(call)
    case 'list':
      return listObjects(call)
    case 'watch':
      return watchObjects(call)
    case 'create':
      return createObject(call)
    case 'update':
      return updateObject(call)
    case 'patch':
      return patchObject(call)
    case 'delete':
      return deleteObject(call)
    case 'deletecollection':
      return deleteObjects(call)
  }
}

function dispatchSubresource(call: ApiCall): ApiAnswer {
  switch (call.subresource?.name ?? '') {
    case 'binding':
      return bindPod(call)
    case 'eviction':
      return evictPod(call)
    case 'token':
      return requestToken(call)
    case 'finalize':
      return finalizeNamespace(call)
    case 'ephemeralcontainers':
      return call.route.verb === 'get' ? getObject(call) : updateEphemeralContainers(call)
    default:
      throw methodNotAllowed()
  }
}
