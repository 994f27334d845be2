import type { ResourceRoute } from '../api-server/request-route.ts'
import type { Fault, RequestMatch, SetFault } from '../port.ts'

/** What the proxy can do besides the faults of the {@link Fault} port. */
export type ProxyAction =
  | Fault['action']
  /** Keeps the connection open and never says anything; released, the connection is closed. */
  | { readonly kind: 'half-open' }
  /** Answers 410 Expired: as a Status, or as the only event of a watch. */
  | { readonly kind: 'expired' }
  /** Sends the answer on in pieces of this many bytes, one every interval. */
  | { readonly kind: 'slow-body'; readonly bytes: number; readonly intervalMs: number }

/** A fault with any action of the proxy. */
export interface ProxyFault extends Omit<Fault, 'action'> {
  readonly action: ProxyAction
}

/** A fault that is to be carried out for one request. */
export interface Hit {
  readonly action: ProxyAction
  /** Resolves when the fault is released. */
  readonly released: Promise<void>
}

/** The faults that are set, first set first. */
export class FaultRules {
  readonly #rules = new Set<Rule>()

  set({ match, when, action, times = 1 }: ProxyFault): SetFault {
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const rule: Rule = { match, when, action, left: times, reached: reached.resolve, released: released.promise }
    this.#rules.add(rule)
    return {
      reached: reached.promise,
      release: () => {
        this.#rules.delete(rule)
        released.resolve()
      },
    }
  }

  /** The first fault that applies to a request now; counts as one of its times. */
  take(route: ResourceRoute, when: Fault['when']): Hit | undefined {
    for (const rule of this.#rules) {
      if (rule.when !== when || !matches(rule.match, route)) continue
      rule.left -= 1
      if (rule.left <= 0) this.#rules.delete(rule)
      rule.reached()
      return rule
    }
    return undefined
  }

  /** Ends all faults without releasing what is held. */
  clear(): void {
    this.#rules.clear()
  }
}

interface Rule extends Hit {
  readonly match: RequestMatch
  readonly when: Fault['when']
  readonly reached: () => void
  left: number
}

/** Whether a request is one of those that the match describes. */
function matches({ verb, resource, name, namespace }: RequestMatch, route: ResourceRoute): boolean {
  const routeVerb = route.verb === 'deletecollection' ? 'delete' : route.verb
  const routeResource = route.subresource === '' ? route.resource : `${route.resource}/${route.subresource}`
  return (
    (verb === undefined || verb === routeVerb) &&
    (resource === undefined || resource === routeResource) &&
    (name === undefined || name === route.name) &&
    (namespace === undefined || namespace === route.namespace)
  )
}
