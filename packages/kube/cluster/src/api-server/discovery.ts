import { resourceTable } from '../generated/resource-table.ts'
import type { ResourceRegistry } from './resource-registry.ts'
import { groupVersionOf, type ServedResource } from './served-resource.ts'

/** Discovery documents and `/version`; undefined for a path that is none of them. */
export function discover(registry: ResourceRegistry, path: string, accept: string): unknown {
  const resources = registry.all()
  const steps = path.split('/').filter((step) => step !== '')
  if (path === '/version') return versionInfo()
  if (path === '/api') {
    if (wantsAggregated(accept)) return aggregated(resources.filter(({ group }) => group === ''))
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  }
  if (path === '/apis') {
    if (wantsAggregated(accept)) return aggregated(resources.filter(({ group }) => group !== ''))
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groupsOf(resources).map((group) => groupDocument(resources, group)),
    }
  }
  const [root, ...rest] = steps
  const groupVersion = root === 'api' ? rest.join('/') : root === 'apis' ? rest.join('/') : ''
  if (root === 'apis' && rest.length === 1) {
    const [group = ''] = rest
    return groupsOf(resources).includes(group)
      ? { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(resources, group) }
      : undefined
  }
  const served = resources.filter((resource) => groupVersionOf(resource) === groupVersion)
  const isRightRoot = served.some(({ group }) => (group === '') === (root === 'api'))
  if (served.length === 0 || !isRightRoot) return undefined
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(resourceRows) }
}

/** The content type of an answer to a discovery request, which says which of the two forms it has. */
export function discoveryContentType(path: string, accept: string): string {
  const isAggregated = (path === '/api' || path === '/apis') && wantsAggregated(accept)
  return isAggregated ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' : 'application/json'
}

function wantsAggregated(accept: string): boolean {
  return accept
    .split(',')
    .some((entry) => /g=apidiscovery\.k8s\.io/.test(entry) && /v=v2(;|$)/.test(entry.replaceAll(' ', '')))
}

function versionInfo(): unknown {
  const [major, minor] = resourceTable.release.split('.')
  return {
    major,
    minor,
    gitVersion: `v${resourceTable.release}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'embedded',
  }
}

function groupsOf(resources: readonly ServedResource[]): string[] {
  return [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '')
}

function versionsOf(resources: readonly ServedResource[], group: string): string[] {
  return [...new Set(resources.filter((resource) => resource.group === group).map(({ version }) => version))].toSorted(
    byPriority,
  )
}

/** Stable versions before beta before alpha, and among those the highest first. */
function byPriority(a: string, b: string): number {
  const rank = (version: string): readonly number[] => {
    const [, major = '0', stage = '', minor = '0'] = /^v(\d+)(alpha|beta)?(\d*)$/.exec(version) ?? []
    return [['', 'beta', 'alpha'].indexOf(stage), -Number(major), -Number(minor)]
  }
  const [left, right] = [rank(a), rank(b)]
  return left.map((value, index) => value - (right[index] ?? 0)).find((order) => order !== 0) ?? 0
}

function groupDocument(resources: readonly ServedResource[], group: string): Record<string, unknown> {
  const versions = versionsOf(resources, group).map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions, preferredVersion: versions[0] }
}

function resourceRows(resource: ServedResource): unknown[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources } = resource
  const row = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs],
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  }
  const rows = [...subresources.values()].map((sub) => ({
    name: `${plural}/${sub.name}`,
    singularName: '',
    namespaced,
    ...(sub.group === resource.group && sub.version === resource.version
      ? {}
      : { group: sub.group, version: sub.version }),
    kind: sub.kind,
    verbs: [...sub.verbs],
  }))
  return [row, ...rows]
}

function aggregated(resources: readonly ServedResource[]): unknown {
  const groups = [...new Set(resources.map(({ group }) => group))]
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(resources, group).map((version) => ({
        version,
        freshness: 'Current',
        resources: resources
          .filter((resource) => resource.group === group && resource.version === version)
          .map(aggregatedRow),
      })),
    })),
  }
}

function aggregatedRow(resource: ServedResource): unknown {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources, group, version } = resource
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: [...verbs],
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.size === 0
      ? {}
      : {
          subresources: [...subresources.values()].map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: [...sub.verbs],
          })),
        }),
  }
}
