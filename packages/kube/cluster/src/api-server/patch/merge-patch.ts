import { isRecord, type JsonRecord } from '../json-record.ts'

/** Applies a JSON merge patch (RFC 7396). The inputs are not changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const result: JsonRecord = isRecord(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = applyMergePatch(result[field], value)
  }
  return result
}
