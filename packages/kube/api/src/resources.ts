import type {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CoreEvent,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  EventsV1Event,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Role,
  RoleBinding,
  Secret,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from './generated/kube-types.ts'
import type { KubeObject } from './object.ts'

/** One kind of object of the API, and (as a type) what its objects look like. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string
  readonly version: string
  /** The name in request paths and RBAC rules, e.g. `persistentvolumes`. */
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: it carries the object's type. */
  readonly object?: T
}

/** Declares a resource type, for example of a custom resource. `apiVersion` is `v1` or `group/version`. */
export function defineResource<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  scope: 'namespaced' | 'cluster',
): ResourceType<T> {
  const slash = apiVersion.indexOf('/')
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced: scope === 'namespaced',
  }
}

const core = 'v1'
const storage = 'storage.k8s.io/v1'
const apps = 'apps/v1'
const rbac = 'rbac.authorization.k8s.io/v1'

/** The built-in resources that this package has types for. */
export const resources: {
  readonly persistentVolumes: ResourceType<PersistentVolume>
  readonly persistentVolumeClaims: ResourceType<PersistentVolumeClaim>
  readonly storageClasses: ResourceType<StorageClass>
  readonly csiDrivers: ResourceType<CSIDriver>
  readonly csiNodes: ResourceType<CSINode>
  readonly csiStorageCapacities: ResourceType<CSIStorageCapacity>
  readonly volumeAttachments: ResourceType<VolumeAttachment>
  readonly volumeAttributesClasses: ResourceType<VolumeAttributesClass>
  readonly pods: ResourceType<Pod>
  readonly nodes: ResourceType<Node>
  readonly namespaces: ResourceType<Namespace>
  readonly secrets: ResourceType<Secret>
  readonly configMaps: ResourceType<ConfigMap>
  readonly serviceAccounts: ResourceType<ServiceAccount>
  readonly events: ResourceType<CoreEvent>
  readonly eventsV1: ResourceType<EventsV1Event>
  readonly leases: ResourceType<Lease>
  readonly deployments: ResourceType<Deployment>
  readonly replicaSets: ResourceType<ReplicaSet>
  readonly statefulSets: ResourceType<StatefulSet>
  readonly daemonSets: ResourceType<DaemonSet>
  readonly clusterRoles: ResourceType<ClusterRole>
  readonly clusterRoleBindings: ResourceType<ClusterRoleBinding>
  readonly roles: ResourceType<Role>
  readonly roleBindings: ResourceType<RoleBinding>
  readonly customResourceDefinitions: ResourceType<CustomResourceDefinition>
} = {
  persistentVolumes: defineResource(core, 'PersistentVolume', 'persistentvolumes', 'cluster'),
  persistentVolumeClaims: defineResource(core, 'PersistentVolumeClaim', 'persistentvolumeclaims', 'namespaced'),
  storageClasses: defineResource(storage, 'StorageClass', 'storageclasses', 'cluster'),
  csiDrivers: defineResource(storage, 'CSIDriver', 'csidrivers', 'cluster'),
  csiNodes: defineResource(storage, 'CSINode', 'csinodes', 'cluster'),
  csiStorageCapacities: defineResource(storage, 'CSIStorageCapacity', 'csistoragecapacities', 'namespaced'),
  volumeAttachments: defineResource(storage, 'VolumeAttachment', 'volumeattachments', 'cluster'),
  volumeAttributesClasses: defineResource(storage, 'VolumeAttributesClass', 'volumeattributesclasses', 'cluster'),
  pods: defineResource(core, 'Pod', 'pods', 'namespaced'),
  nodes: defineResource(core, 'Node', 'nodes', 'cluster'),
  namespaces: defineResource(core, 'Namespace', 'namespaces', 'cluster'),
  secrets: defineResource(core, 'Secret', 'secrets', 'namespaced'),
  configMaps: defineResource(core, 'ConfigMap', 'configmaps', 'namespaced'),
  serviceAccounts: defineResource(core, 'ServiceAccount', 'serviceaccounts', 'namespaced'),
  events: defineResource(core, 'Event', 'events', 'namespaced'),
  eventsV1: defineResource('events.k8s.io/v1', 'Event', 'events', 'namespaced'),
  leases: defineResource('coordination.k8s.io/v1', 'Lease', 'leases', 'namespaced'),
  deployments: defineResource(apps, 'Deployment', 'deployments', 'namespaced'),
  replicaSets: defineResource(apps, 'ReplicaSet', 'replicasets', 'namespaced'),
  statefulSets: defineResource(apps, 'StatefulSet', 'statefulsets', 'namespaced'),
  daemonSets: defineResource(apps, 'DaemonSet', 'daemonsets', 'namespaced'),
  clusterRoles: defineResource(rbac, 'ClusterRole', 'clusterroles', 'cluster'),
  clusterRoleBindings: defineResource(rbac, 'ClusterRoleBinding', 'clusterrolebindings', 'cluster'),
  roles: defineResource(rbac, 'Role', 'roles', 'namespaced'),
  roleBindings: defineResource(rbac, 'RoleBinding', 'rolebindings', 'namespaced'),
  customResourceDefinitions: defineResource(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'cluster',
  ),
}

/** `v1`, or `group/version`. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/**
 * Path of a resource below the server's address: the collection (of all namespaces, or of one when only a namespace is
 * given), one object, or a subresource of it. Names are escaped. Throws when an object of a namespaced resource is asked
 * for without its namespace, or one of a cluster-scoped resource with one: the server would answer 404 to both.
 */
export function resourcePath(
  type: ResourceType,
  ref?: { readonly name?: string | undefined; readonly namespace?: string | undefined },
  subresource?: string,
): string {
  const base = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const { name, namespace } = ref ?? {}
  if (type.namespaced && name !== undefined && !namespace) throw new Error(`${type.kind} ${name} needs a namespace`)
  if (!type.namespaced && namespace)
    throw new Error(`${type.kind} is cluster-scoped: namespace ${namespace} is not allowed`)
  if (name === '') throw new Error(`${type.kind} needs a name`)
  // URLs are normalised on their way: these would reach another resource.
  for (const part of [name, namespace]) {
    if (part === '.' || part === '..') throw new Error(`${type.kind} "${part}" is not a name`)
  }
  return [
    base,
    ...(namespace ? ['namespaces', encodeURIComponent(namespace)] : []),
    type.plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/')
}
