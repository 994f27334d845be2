import { isRecord } from '../json-record.ts'

/** Defaults of list keys that clients leave out: the only ones among the kinds that are served. */
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

/** The step to an item of a granular list: by its keys, or by its value when it is a set. */
export function listStep(item: unknown, keys: readonly string[]): string {
  if (keys.length === 0) return `v:${JSON.stringify(item)}`
  const record = isRecord(item) ? item : {}
  const pairs = keys.toSorted().flatMap((key) => {
    const value = record[key] ?? keyDefaults[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  return `k:${JSON.stringify(Object.fromEntries(pairs))}`
}
