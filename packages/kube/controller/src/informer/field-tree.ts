/** Fields to keep: a branch per name, `everything` where a whole value is kept. */
export type FieldTree = typeof everything | { readonly [name: string]: FieldTree }

/** Marks a value that is kept with everything below it. */
export const everything: unique symbol = Symbol('everything')

/** What every cached object keeps whatever was asked for. */
const identityFields: readonly string[] = [
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
]

/**
 * The tree of some paths and of {@link identityFields}. Names are separated by dots; `[key]` names an entry of a map whose
 * key may contain dots. Throws on a malformed path and on metadata.managedFields, which is never kept.
 */
export function parseFields(paths: readonly string[]): FieldTree {
  let tree: FieldTree = emptyBranch()
  for (const path of [...identityFields, ...paths]) tree = addPath(tree, parsePath(path))
  return tree
}

function parsePath(path: string): readonly string[] {
  if (!/^[^.[\]]+(\.[^.[\]]+|\[[^[\]]+\])*$/.test(path)) {
    throw new Error(`field path ${JSON.stringify(path)} must look like spec.csi.driver or metadata.labels[key]`)
  }
  if (path.startsWith('metadata.managedFields')) throw new Error('metadata.managedFields is never cached')
  return [...path.matchAll(/\[([^\]]+)\]|([^.[\]]+)/g)].map(([, key, name]) => key ?? name ?? '')
}

function addPath(tree: FieldTree, names: readonly string[]): FieldTree {
  const [name, ...rest] = names
  if (name === undefined || tree === everything) return everything
  const branch = Object.assign(emptyBranch(), tree)
  branch[name] = addPath(branch[name] ?? emptyBranch(), rest)
  return branch
}

// Without a prototype: a label called "constructor" must not be found by accident.
function emptyBranch(): Record<string, FieldTree> {
  return Object.create(null) as Record<string, FieldTree>
}
