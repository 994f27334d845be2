import type { KubeObject, ResourceType } from '@csi-ts/kube-api'
import type { DeepReadonly } from './informer/cached.ts'

/** What may be done with a resource; RBAC's words. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** Values under which an object is found with `Lister.byIndex`. Sees the pruned object, and must not keep it. */
export type IndexFunction<T extends KubeObject> = {
  // Declared as a method so that needs of different resources fit in one list.
  of(object: DeepReadonly<T>): readonly string[]
}['of']

/** Which objects of a resource: absent fields mean all. */
export interface InformerScope {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Fetched as PartialObjectMetadata: the server leaves everything but metadata out. */
  readonly metadataOnly?: true | undefined
}

/**
 * What one component needs of one resource, as data: RBAC, the shared caches and the test that nothing else is read are
 * made from it.
 */
export interface ResourceNeed<T extends KubeObject = KubeObject> extends InformerScope {
  readonly resource: ResourceType<T>
  /** Sub-resource that the verbs are for, e.g. `status`; such a need is never cached. */
  readonly subresource?: string | undefined
  /** Everything that is done with it; a cached resource needs `list` and `watch` among them. */
  readonly verbs: readonly Verb[]
  /**
   * Paths that are read from the cache, e.g. `spec.csi.volumeHandle`, `spec.containers.name` (through arrays),
   * `metadata.annotations` or one entry `metadata.annotations[example.com/key]`. A path stands for everything below it.
   * apiVersion, kind and metadata.{name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp} are
   * always kept, metadata.managedFields never. Empty: only those. Absent: nothing is cached, the need is for RBAC only.
   */
  readonly fields?: readonly string[] | undefined
  /** Index name to function. Names are shared by all who need the resource in one process. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined
  /** The component works without it: when the server refuses or does not know the resource, its cache stays empty and counts as synced. */
  readonly optional?: true | undefined
}

/** All that a component needs. */
export type Needs = readonly ResourceNeed[]

/** Returns `declared`; in a list of needs it lets index functions know the type of their resource. */
export function need<T extends KubeObject>(declared: ResourceNeed<T>): ResourceNeed<T> {
  return declared
}

/** Everything that several needs of the same objects ask of one cache. */
export interface CacheNeed extends InformerScope {
  readonly resource: ResourceType
  readonly fields: readonly string[]
  readonly indexes: ReadonlyMap<string, IndexFunction<KubeObject>>
  readonly optional: boolean
}

/** Name of the cache that serves a scope of a resource: equal exactly when the objects are. */
export function cacheId(resource: ResourceType, scope: InformerScope = {}): string {
  const { namespace = '', labelSelector = '', fieldSelector = '', metadataOnly = false } = scope
  return JSON.stringify([
    resource.group,
    resource.version,
    resource.plural,
    namespace,
    labelSelector,
    fieldSelector,
    metadataOnly,
  ])
}

/**
 * Adds `added` to what a cache serves so far: fields and indexes are united, and it is optional only if all say so.
 * Throws when the need cannot be cached with its own verbs, or gives an index name another meaning.
 */
export function addNeed(cache: CacheNeed | undefined, added: ResourceNeed): CacheNeed {
  const { resource, fields = [], indexes = {}, namespace, labelSelector, fieldSelector, metadataOnly } = added
  for (const verb of ['list', 'watch'] as const) {
    if (!added.verbs.includes(verb)) throw new Error(`a cached need of ${resource.plural} must name the verb ${verb}`)
  }
  const unitedIndexes = new Map(cache?.indexes)
  for (const [name, index] of Object.entries(indexes)) {
    const present = unitedIndexes.get(name)
    if (present !== undefined && present !== index) {
      throw new Error(`index ${name} of ${resource.plural} is declared twice, by different functions`)
    }
    unitedIndexes.set(name, index)
  }
  return {
    resource,
    namespace,
    labelSelector,
    fieldSelector,
    metadataOnly,
    fields: [...new Set([...(cache?.fields ?? []), ...fields])].toSorted(),
    indexes: unitedIndexes,
    optional: (cache?.optional ?? true) && added.optional === true,
  }
}
