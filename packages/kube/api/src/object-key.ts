/** Names one object of a known kind. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly name: string
  readonly namespace?: string | undefined
}

/** `name`, or `namespace/name`: what caches and queues are keyed by. Neither part can hold a slash. */
export type ObjectKey = string

/** What {@link keyOf} and {@link refTo} accept: an object, or a reference to one. */
export type Named =
  | ObjectRef
  | { readonly metadata: { readonly name: string; readonly namespace?: string | undefined } }

/** The key of an object or reference. */
export function keyOf(named: Named): ObjectKey {
  const { name, namespace } = 'metadata' in named ? named.metadata : named
  return namespace ? `${namespace}/${name}` : name
}

/** The reference that a key stands for. Throws when the text is no key. */
export function refOf(key: ObjectKey): ObjectRef {
  const [first = '', second, ...rest] = key.split('/')
  if (first === '' || second === '' || rest.length > 0) {
    throw new Error(`"${key}" is not an object key: want "name" or "namespace/name"`)
  }
  return second === undefined ? { name: first } : { namespace: first, name: second }
}

/** The reference to an object (or a copy of a reference). */
export function refTo(named: Named): ObjectRef {
  const { name, namespace } = 'metadata' in named ? named.metadata : named
  return namespace ? { namespace, name } : { name }
}
