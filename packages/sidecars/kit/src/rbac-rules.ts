import type { PolicyRule } from '@csi-ts/kube-api'
import type { Needs, Verb } from '@csi-ts/kube-controller'

/** RBAC rules for a ClusterRole, and for a Role in each namespace that a need is bound to. */
export interface RbacRules {
  readonly cluster: readonly PolicyRule[]
  readonly namespaced: Readonly<Record<string, readonly PolicyRule[]>>
}

const verbOrder: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/**
 * The rules that the needs ask for, all of them cluster-wide: one per resource, sorted by group and name, verbs united.
 * The same needs give the same rules, whatever their order: charts are generated from this.
 */
export function rbacRules(needs: Needs): PolicyRule[] {
  const verbsByResource = new Map<string, Set<Verb>>()
  for (const { resource, subresource, verbs } of needs) {
    const id = [resource.group, subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`].join(
      ' ',
    )
    const united = verbsByResource.get(id) ?? new Set()
    verbsByResource.set(id, united)
    for (const verb of verbs) united.add(verb)
  }
  return [...verbsByResource]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, verbs]) => {
      const [group = '', resource = ''] = id.split(' ')
      return { apiGroups: [group], resources: [resource], verbs: verbOrder.filter((verb) => verbs.has(verb)) }
    })
}

/** The same, with needs that name a namespace apart. */
export function rbacRulesByScope(needs: Needs): RbacRules {
  const byNamespace = Object.groupBy(needs, ({ namespace }) => namespace ?? '')
  const { '': cluster = [], ...namespaced } = byNamespace
  const entries = Object.entries(namespaced).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    cluster: rbacRules(cluster),
    namespaced: Object.fromEntries(entries.map(([namespace, own]) => [namespace, rbacRules(own ?? [])])),
  }
}
