/** What a request asks of the API. `deletecollection` is a delete without a name. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** A request for a resource, taken apart. */
export interface ResourceRoute {
  readonly kind: 'resource'
  readonly verb: Verb
  /** `''` for the core group. */
  readonly group: string
  readonly version: string
  /** Plural name, e.g. `persistentvolumes`. */
  readonly resource: string
  /** `''` when the request is not in a namespace, also for `namespaces` themselves. */
  readonly namespace: string
  readonly name: string
  readonly subresource: string
}

/** A request for anything else: discovery, health, version. */
export interface PathRoute {
  readonly kind: 'path'
  readonly path: string
}

/**
 * Takes a request apart by the rules of the Kubernetes API: `/api/v1/…` and `/apis/GROUP/VERSION/…`, optionally
 * `/namespaces/NAMESPACE/…`, then `RESOURCE[/NAME[/SUBRESOURCE]]`.
 */
export function parseRoute(method: string, url: URL): ResourceRoute | PathRoute {
  const steps = url.pathname.split('/').filter((step) => step !== '')
  const isCore = steps[0] === 'api'
  if (!isCore && steps[0] !== 'apis') return { kind: 'path', path: url.pathname }
  const [group = '', version = ''] = isCore ? ['', steps[1]] : [steps[1], steps[2]]
  const rest = steps.slice(isCore ? 2 : 3).map(decodeStep)
  if (version === '' || rest.length === 0) return { kind: 'path', path: url.pathname }
  const target = targetOf(rest)
  return { kind: 'resource', verb: verbOf(method, target.name, url.searchParams), group, version, ...target }
}

interface Target {
  readonly namespace: string
  readonly resource: string
  readonly name: string
  readonly subresource: string
}

function targetOf(rest: readonly string[]): Target {
  const [first = '', second = '', third = '', ...more] = rest
  // `/namespaces/x` and its own subresources are about the namespace; everything longer is inside it.
  const isInside = first === 'namespaces' && third !== '' && !['status', 'finalize'].includes(third)
  if (!isInside) return { namespace: '', resource: first, name: second, subresource: [third, ...more].join('/') }
  const [name = '', ...subresource] = more
  return { namespace: second, resource: third, name, subresource: subresource.join('/') }
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      if (isTrue(query.get('watch'))) return 'watch'
      return name === '' ? 'list' : 'get'
  }
}

/** A boolean query parameter as the API reads it. */
export function isTrue(value: string | null): boolean {
  return value !== null && !['', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step // left as it was sent: nothing has such a name
  }
}
