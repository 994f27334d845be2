import { type FieldRequirement, type LabelRequirement, matchesLabels } from '@csi-ts/kube-api'
import type { ApiObject } from './json-record.ts'
import type { ServedResource } from './served-resource.ts'
import { badRequest } from './status-error.ts'

/** Answers whether an object is selected. */
export type Selection = (object: ApiObject) => boolean

/**
 * The objects of a namespace (`''`: all) that match the selectors.
 *
 * @throws StatusError 400 for a field that the kind cannot be selected by.
 */
export function createSelection(
  resource: ServedResource,
  labels: readonly LabelRequirement[],
  fields: readonly FieldRequirement[],
): Selection {
  if (fields.length > 0) checkFields(resource, fields)
  if (labels.length === 0 && fields.length === 0) return () => true
  return (object) =>
    (labels.length === 0 || matchesLabels(labels, object.metadata.labels)) &&
    fields.every(({ field, operator, value }) => {
      const found = selectableFields(resource, object)[field] ?? ''
      return (found === value) === (operator === '=')
    })
}

function checkFields(resource: ServedResource, fields: readonly FieldRequirement[]): void {
  const known = selectableFields(resource, { apiVersion: '', kind: '', metadata: {} })
  for (const { field } of fields) {
    if (Object.hasOwn(known, field)) continue
    // The real server words it in two ways, for kinds with and without fields of their own.
    if (resource.strategy.selectableFields !== undefined) throw badRequest(`field label not supported: ${field}`)
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
  }
}

function selectableFields(resource: ServedResource, object: ApiObject): Readonly<Record<string, string>> {
  const { name = '', namespace = '' } = object.metadata
  return {
    'metadata.name': name,
    ...(resource.namespaced ? { 'metadata.namespace': namespace } : {}),
    ...resource.strategy.selectableFields?.(object),
  }
}
