/** One request of a component, as either server recorded it. */
export interface TracedRequest {
  readonly userAgent: string
  /** As the API counts them: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string
  /** Plural name; events of both groups count as the same. */
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** HTTP status of the answer. */
  readonly code: number
}

/**
 * Requests in a form that two runs have in common: for each component and object what was asked about it and answered,
 * in order. Between objects there is no order, for informers start and work goes on side by side. Names that differ from
 * run to run are patterns. Reads of whole collections are a set: how often a watch is renewed is the server's choice.
 */
export type Trace = ReadonlyMap<string, readonly string[]>

/** Normalises recorded requests. */
export function toTrace(requests: Iterable<TracedRequest>): Trace {
  const sequences = new Map<string, string[]>()
  for (const { userAgent, verb, resource, subresource, name, code } of requests) {
    const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection'
    // The name of a new object is in the path of no create, so creates stand for themselves.
    const object = isCollection || verb === 'create' ? '' : ` ${patternOf(name)}`
    const path = subresource === '' ? resource : `${resource}/${subresource}`
    const what = isCollection ? 'collection ' : verb === 'create' ? 'create ' : ''
    const key = `${component(userAgent)}: ${what}${path}${object}`
    const steps = sequences.get(key) ?? []
    sequences.set(key, steps)
    const step = `${verb} ${code}`
    // An event is counted up as often as a failure comes again, which is a matter of time.
    const isRepeated =
      resource === 'events' && verb === 'patch' ? steps.at(-1) === step : isCollection && steps.includes(step)
    if (!isRepeated) steps.push(step)
  }
  for (const [key, steps] of sequences) if (key.includes(': collection ')) steps.sort()
  return new Map([...sequences].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** A difference that is expected, and why. */
export interface AllowedDifference {
  /** The line of the trace, e.g. `csi-provisioner: create events`. */
  readonly line: string
  /** The scenarios in which it is. */
  readonly scenarios: readonly string[]
  readonly reason: string
}

/** Says how two traces of a scenario differ, line by line; empty: they do not. */
export function compareTraces(
  scenario: string,
  { embedded, real }: { readonly embedded: Trace; readonly real: Trace },
  allowed: readonly AllowedDifference[],
): string[] {
  const expected = allowed.filter(({ scenarios }) => scenarios.includes(scenario)).map(({ line }) => line)
  const lines = [...new Set([...embedded.keys(), ...real.keys()])].toSorted()
  return lines.flatMap((line) => {
    const [ours, theirs] = [describe(embedded.get(line)), describe(real.get(line))]
    if (ours === theirs || expected.includes(line)) return []
    return [`${line}\n  embedded:   ${ours}\n  kubernetes: ${theirs}`]
  })
}

function describe(steps: readonly string[] | undefined): string {
  return steps === undefined ? 'nothing' : steps.join(', ')
}

/** `csi-provisioner/0.1.0` is `csi-provisioner`. */
function component(userAgent: string): string {
  return userAgent.split('/')[0] ?? userAgent
}

/** What is random in a name, named after what it is. */
function patternOf(name: string): string {
  return name
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/\.[0-9a-f]{12,16}$/g, '.TIME')
    .replaceAll(/[0-9a-f]{64}/g, 'DIGEST')
}
