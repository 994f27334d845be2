import type { ApiCall } from './api-call.ts'
import { type ObjectMetadata, stringAt } from './json-record.ts'
import { notFound, resourceText, StatusError } from './status-error.ts'

const namespaces = { group: '', plural: 'namespaces' }

/** New objects need a namespace that is there and stays. Throws StatusError 404 or 403. */
export function checkNamespace({ state, resource }: ApiCall, { name = '', namespace = '' }: ObjectMetadata): void {
  const found = state.store.collection('/namespaces').get(namespace)
  if (found === undefined) throw notFound(namespaces, namespace)
  if (
    found.object.metadata.deletionTimestamp === undefined &&
    stringAt(found.object, 'status', 'phase') !== 'Terminating'
  )
    return
  const message = `${resourceText(resource)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`
  throw new StatusError(403, 'Forbidden', message, {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  })
}
