import { type ApiAnswer, jsonAnswer } from './api-call.ts'
import type { StoredObject } from './collection.ts'
import type { ApiObject } from './json-record.ts'
import { groupVersionOf, type ServedResource } from './served-resource.ts'
import { rowOf, tableOf } from './tables/table.ts'
import type { View } from './view.ts'

/** How the client of a request reads objects. */
export interface Reader {
  readonly resource: ServedResource
  readonly view: View
  /** What ages in tables are counted to. */
  readonly nowMs: number
}

/** The answer that an object is. */
export function storedAnswer(reader: Reader, code: number, stored: StoredObject): ApiAnswer {
  return jsonAnswer(code, encodeStored(stored, reader))
}

/** An object as the client reads it, as JSON. */
export function encodeStored(stored: StoredObject, reader: Reader): string {
  const { resource, view } = reader
  if (view !== 'object') return encodeObject(stored.object, reader)
  const encoded = resource.codec.encode(stored.object)
  return encoded === stored.object ? stored.text : JSON.stringify(encoded)
}

/** The same for an object that is not stored. */
export function encodeObject(object: ApiObject, { resource, view, nowMs }: Reader): string {
  switch (view) {
    case 'object':
      return JSON.stringify(resource.codec.encode(object))
    case 'metadata':
      return JSON.stringify(metadataOf(object))
    case 'table': {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' }
      // A bookmark is about no object.
      const objects = object.metadata.name === undefined ? [] : [object]
      return JSON.stringify(tableOf(resource, objects, metadata, nowMs))
    }
  }
}

/** An object as an item of a list; a row for the table view. */
export function encodeListItem(stored: StoredObject, reader: Reader): string {
  const { resource, view, nowMs } = reader
  switch (view) {
    case 'object': {
      const text = encodeStored(stored, reader)
      // Lists of Go types say once what their items are; custom resources say it each time.
      const head = `{"apiVersion":${JSON.stringify(groupVersionOf(resource))},"kind":"${resource.kind}",`
      return resource.isCustom !== true && text.startsWith(head) ? `{${text.slice(head.length)}` : text
    }
    case 'metadata':
      return JSON.stringify(metadataOf(stored.object))
    case 'table':
      return JSON.stringify(rowOf(resource, stored.object, nowMs))
  }
}

function metadataOf({ metadata }: ApiObject): ApiObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}
