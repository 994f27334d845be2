import { everything, type FieldTree } from './field-tree.ts'

/** A field of a cached object was read that its reader's needs do not name; in production it would always be undefined. */
export class UnnamedFieldError extends Error {
  override readonly name = 'UnnamedFieldError'
  /** Path of the field, e.g. `spec.csi.driver`. */
  readonly path: string

  constructor(what: string, path: string) {
    super(`${what}: field ${path} is read but not named in the needs`)
    this.path = path
  }
}

/**
 * A view of `object` that throws {@link UnnamedFieldError} when a field outside the tree is read, and tells `violated` of it.
 * `what` starts the error's text. Listing an object's keys is allowed: it only shows what was kept.
 */
export function strictView<T>(
  object: T,
  fields: FieldTree,
  what: string,
  violated: (error: UnnamedFieldError) => void,
): T {
  const refuse = (path: string): never => {
    const error = new UnnamedFieldError(what, path)
    violated(error)
    throw error
  }
  return view(object, fields, refuse, '') as T
}

function view(value: unknown, fields: FieldTree, refuse: (path: string) => never, path: string): unknown {
  if (fields === everything || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => view(item, fields, refuse, path))
  const check = (name: string | symbol): void => {
    // Symbols and these three are asked by the language, by promises and by printers, not by a reconciler.
    if (typeof name === 'symbol' || name in fields || name === 'then' || name === 'toJSON' || name === 'constructor')
      return
    refuse(path === '' ? name : `${path}.${name}`)
  }
  // Built once, so that a view is as stable as the object: a field gives the same value every time.
  const parts: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value)) {
    const below = fields[name]
    if (below !== undefined) parts[name] = view(part, below, refuse, path === '' ? name : `${path}.${name}`)
  }
  return new Proxy(parts, {
    get(target, name, receiver) {
      check(name)
      return Reflect.get(target, name, receiver)
    },
    has(target, name) {
      check(name)
      return Reflect.has(target, name)
    },
  })
}
