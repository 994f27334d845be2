import type { ApiObject } from '../json-record.ts'
import type { Codec } from '../served-resource.ts'

/** `events.k8s.io/v1` field by `v1` field, where the names differ. */
const names = [
  ['reportingController', 'reportingComponent'],
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const

/** Reads and writes events of the core group as those of `events.k8s.io`. */
export function eventsV1Codec(eventsV1: Codec, core: Codec): Codec {
  return {
    decode(body, unknownFields) {
      const object = eventsV1.decode(body, unknownFields)
      const renamed = { ...object, apiVersion: 'v1' }
      for (const [from, to] of names) move(renamed, from, to)
      return core.decode(renamed, unknownFields)
    },
    encode(stored) {
      const renamed = { ...stored, apiVersion: 'events.k8s.io/v1' }
      for (const [to, from] of names) move(renamed, from, to)
      return eventsV1.decode(renamed, [])
    },
  }
}

function move(object: ApiObject, from: string, to: string): void {
  if (object[from] !== undefined) object[to] = object[from]
  delete object[from]
}
