import { everything, type FieldTree } from './field-tree.ts'

/**
 * A copy of `value` with only the fields of the tree. Lists are passed through: each item is pruned. Values that are kept
 * whole are shared with `value`, except that metadata.managedFields is always left out.
 */
export function prune<T>(value: T, fields: FieldTree): T {
  return keep(value, fields) as T
}

function keep(value: unknown, fields: FieldTree): unknown {
  if (fields === everything || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => keep(item, fields))
  const source = value as Readonly<Record<string, unknown>>
  const kept: Record<string, unknown> = {}
  // The order of the tree, not of the source: objects of one kind then share one hidden class.
  for (const name in fields) {
    const below = fields[name]
    if (below === undefined || !Object.hasOwn(source, name)) continue
    const found = source[name]
    kept[name] =
      name === 'metadata' && below === everything && found !== null ? withoutManagedFields(found) : keep(found, below)
  }
  return kept
}

function withoutManagedFields(metadata: unknown): unknown {
  const { managedFields: _dropped, ...rest } = metadata as Readonly<Record<string, unknown>>
  return rest
}
