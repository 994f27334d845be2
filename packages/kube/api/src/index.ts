export { annotationOf, annotations, finalizers } from './annotations.ts'
export { type Condition, findCondition, isConditionTrue, withCondition, withoutCondition } from './conditions.ts'
export { type FieldRequirement, formatFieldSelector, matchesFields, parseFieldSelector } from './field-selector.ts'
export { type Finalized, hasFinalizer, isTerminating, withFinalizer, withoutFinalizer } from './finalizers.ts'
// biome-ignore format: one name a line would be all that this file shows
export type {Affinity,
  AggregationRule, 
  APIGroup, APIGroupList, APIResource, APIResourceList, ApiextensionsServiceReference, ApiextensionsWebhookClientConfig, AppArmorProfile,
  AttachedVolume, AWSElasticBlockStoreVolumeSource, AzureDiskVolumeSource, AzureFilePersistentVolumeSource, AzureFileVolumeSource,
  BoundObjectReference, Capabilities, CephFSPersistentVolumeSource,
  CephFSVolumeSource, CinderPersistentVolumeSource, CinderVolumeSource, ClusterRole, ClusterRoleBinding,
  ClusterTrustBundleProjection, ConfigMap, ConfigMapEnvSource, ConfigMapKeySelector, ConfigMapNodeConfigSource,
  ConfigMapProjection, ConfigMapVolumeSource, Container, ContainerExtendedResourceRequest, ContainerImage,
  ContainerPort, ContainerResizePolicy, ContainerRestartRule, ContainerRestartRuleOnExitCodes, ContainerState,
  ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, ContainerUser,
  CoreEvent, CoreEventSeries, CoreResourceClaim, CSIDriver, CSIDriverSpec, CSINode, CSINodeDriver, CSINodeSpec,
  CSIPersistentVolumeSource, CSIStorageCapacity, CSIVolumeSource, CustomResourceColumnDefinition, CustomResourceConversion,
  CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec, CustomResourceDefinitionStatus, CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale, CustomResourceSubresources, CustomResourceValidation, DaemonEndpoint,
  DaemonSet, DaemonSetCondition, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy, Deployment,
  DeploymentCondition, DeploymentSpec, DeploymentStatus, DeploymentStrategy, DownwardAPIProjection,
  DownwardAPIVolumeFile, DownwardAPIVolumeSource, EmptyDirVolumeSource, EnvFromSource, EnvVar, EnvVarSource,
  EphemeralContainer, EphemeralVolumeSource, EventSource, EventsV1Event, EventsV1EventSeries, ExecAction,
  ExternalDocumentation, FCVolumeSource, FileKeySelector, FlexPersistentVolumeSource, FlexVolumeSource,
  FlockerVolumeSource, GCEPersistentDiskVolumeSource, GitRepoVolumeSource,
  GlusterfsPersistentVolumeSource, GlusterfsVolumeSource, GRPCAction, GroupVersionForDiscovery, 
  HostAlias, HostIP, HostPathVolumeSource, HTTPGetAction, HTTPHeader,ImageVolumeSource,
  ImageVolumeStatus, ISCSIPersistentVolumeSource, ISCSIVolumeSource, JSONSchemaProps, KeyToPath, LabelSelector, LabelSelectorRequirement, Lease, LeaseSpec,
  Lifecycle, LifecycleHandler, LinuxContainerUser, ListMeta, LocalObjectReference, LocalVolumeSource,
  ManagedFieldsEntry, ModifyVolumeStatus, Namespace, NamespaceCondition, NamespaceSpec,
  NamespaceStatus, NFSVolumeSource, Node, NodeAddress, NodeAffinity, NodeAllocatableResourceClaimStatus, NodeCondition,
  NodeConfigSource, NodeConfigStatus, NodeDaemonEndpoints, NodeFeatures, NodeRuntimeHandler,
  NodeRuntimeHandlerFeatures, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, NodeSpec, NodeStatus,
  NodeSwapStatus, NodeSystemInfo, ObjectFieldSelector, ObjectMeta, ObjectReference, OwnerReference,
  PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimCondition, PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus, PersistentVolumeClaimTemplate, PersistentVolumeClaimVolumeSource,
  PersistentVolumeSpec, PersistentVolumeStatus, PhotonPersistentDiskVolumeSource, Pod, PodAffinity,
  PodAffinityTerm, PodAntiAffinity, PodCertificateProjection, PodCondition, PodDNSConfig, PodDNSConfigOption,
  PodExtendedResourceClaimStatus, PodIP, PodOS, PodReadinessGate, PodResourceClaim, PodResourceClaimStatus,
  PodSchedulingGate, PodSchedulingGroup, PodSecurityContext, PodSpec, PodStatus, PodTemplateSpec, PolicyRule,
  PortworxVolumeSource, PreferredSchedulingTerm, Probe, ProjectedVolumeSource, QuobyteVolumeSource,
  RBDPersistentVolumeSource, RBDVolumeSource, RbacSubject, ReplicaSet, ReplicaSetCondition, ReplicaSetSpec,
  ReplicaSetStatus, ResourceFieldSelector, ResourceHealth, ResourceRequirements, ResourceStatus, Role,
  RoleBinding, RoleRef, RollingUpdateDaemonSet, RollingUpdateDeployment, RollingUpdateStatefulSetStrategy,Scale, ScaleIOPersistentVolumeSource, ScaleIOVolumeSource, ScaleSpec, ScaleStatus,
  SELinuxOptions, 
  SeccompProfile, Secret, SecretEnvSource, SecretKeySelector, SecretProjection, SecretReference,
  SecretVolumeSource, SecurityContext, SelectableField, ServerAddressByClientCIDR, ServiceAccount,
  ServiceAccountTokenProjection, ShardInfo, SleepAction, StatefulSet, StatefulSetCondition,
  StatefulSetOrdinals, StatefulSetPersistentVolumeClaimRetentionPolicy, StatefulSetSpec, StatefulSetStatus,
  StatefulSetUpdateStrategy, Status, StatusCause, StatusDetails, StorageClass, StorageOSPersistentVolumeSource,
  StorageOSVolumeSource, StorageTokenRequest, Sysctl, Taint, TCPSocketAction, TokenRequest, TokenRequestSpec,
  TokenRequestStatus, Toleration, TopologySelectorLabelRequirement, TopologySelectorTerm,
  TopologySpreadConstraint, TypedLocalObjectReference, TypedObjectReference, ValidationRule, Volume,
  VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec, VolumeAttachmentStatus,
  VolumeAttributesClass, VolumeDevice, VolumeError, VolumeMount, VolumeMountStatus, VolumeNodeAffinity,
  VolumeNodeResources, VolumeProjection, VolumeResourceRequirements, VolumeStatus,
  VsphereVirtualDiskVolumeSource, WebhookConversion, WeightedPodAffinityTerm, WindowsSecurityContextOptions,
} from './generated/kube-types.ts'
export {
  type DeepReadonlySelector,
  formatLabelSelector,
  type LabelOperator,
  type LabelRequirement,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from './label-selector.ts'
export { matchesNodeSelectorTerms, type NodeRequirement, type NodeTerm } from './node-selector.ts'
export type { KubeObject, Wire } from './object.ts'
export { keyOf, type Named, type ObjectKey, type ObjectRef, refOf, refTo } from './object-key.ts'
export { controllerOf, objectReference, ownerReference, type Referable } from './owner-references.ts'
export { formatBytes, parseQuantity, Quantity, type QuantityFormat, quantityToBytes } from './quantity.ts'
export { apiVersionOf, defineResource, type ResourceType, resourcePath, resources } from './resources.ts'
export { formatMicroTime, formatTime, parseTimeMs } from './time.ts'
