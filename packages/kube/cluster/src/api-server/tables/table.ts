import type { ApiObject, JsonRecord } from '../json-record.ts'
import type { ServedResource } from '../served-resource.ts'
import { columnsOf } from './columns.ts'

/** A `meta.k8s.io/v1` Table, what `kubectl get` prints. */
export function tableOf(
  resource: ServedResource,
  objects: readonly ApiObject[],
  metadata: JsonRecord,
  nowMs: number,
): JsonRecord {
  return { ...tableHead(resource, metadata), rows: objects.map((object) => rowOf(resource, object, nowMs)) }
}

/** A Table without its rows. */
export function tableHead(resource: ServedResource, metadata: JsonRecord): JsonRecord {
  const columnDefinitions = columnsOf(resource).map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }))
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions }
}

/** One row: the cells, and the object's metadata for who needs its name. */
export function rowOf(resource: ServedResource, object: ApiObject, nowMs: number): JsonRecord {
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
  return { cells: columnsOf(resource).map((column) => column.cell(object, nowMs)), object: partial }
}
