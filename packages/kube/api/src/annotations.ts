/** Annotations and labels of claims and volumes, named as the PV controller and the provisioners use them. */
export const annotations: {
  /** Claim: the provisioner that shall serve it, set by the PV controller. */
  readonly storageProvisioner: 'volume.kubernetes.io/storage-provisioner'
  /** The same, as clusters before 1.23 wrote it; read only when the newer key is absent. */
  readonly betaStorageProvisioner: 'volume.beta.kubernetes.io/storage-provisioner'
  /** Claim and volume: class name, wins over `spec.storageClassName`. */
  readonly betaStorageClass: 'volume.beta.kubernetes.io/storage-class'
  /** Claim: the node that the scheduler chose (WaitForFirstConsumer). */
  readonly selectedNode: 'volume.kubernetes.io/selected-node'
  /** The same, as old schedulers wrote it. */
  readonly alphaSelectedNode: 'volume.alpha.kubernetes.io/selected-node'
  /** Volume: the provisioner that made it. */
  readonly provisionedBy: 'pv.kubernetes.io/provisioned-by'
  /** Claim and volume: the CSI driver that an in-tree volume was migrated to. */
  readonly migratedTo: 'pv.kubernetes.io/migrated-to'
  /** Claim: the PV controller has bound it. */
  readonly bindCompleted: 'pv.kubernetes.io/bind-completed'
  /** Claim and volume: the binding was made by the PV controller, not by the user. */
  readonly boundByController: 'pv.kubernetes.io/bound-by-controller'
  /** Volume: secret for DeleteVolume. */
  readonly deletionSecretName: 'volume.kubernetes.io/provisioner-deletion-secret-name'
  readonly deletionSecretNamespace: 'volume.kubernetes.io/provisioner-deletion-secret-namespace'
  /** Volume: secret for ControllerModifyVolume. */
  readonly modifySecretName: 'volume.kubernetes.io/controller-modify-secret-name'
  readonly modifySecretNamespace: 'volume.kubernetes.io/controller-modify-secret-namespace'
  /** StorageClass: claims without a class get this one. */
  readonly defaultStorageClass: 'storageclass.kubernetes.io/is-default-class'
} = {
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  betaStorageProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  betaStorageClass: 'volume.beta.kubernetes.io/storage-class',
  selectedNode: 'volume.kubernetes.io/selected-node',
  alphaSelectedNode: 'volume.alpha.kubernetes.io/selected-node',
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  migratedTo: 'pv.kubernetes.io/migrated-to',
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  boundByController: 'pv.kubernetes.io/bound-by-controller',
  deletionSecretName: 'volume.kubernetes.io/provisioner-deletion-secret-name',
  deletionSecretNamespace: 'volume.kubernetes.io/provisioner-deletion-secret-namespace',
  modifySecretName: 'volume.kubernetes.io/controller-modify-secret-name',
  modifySecretNamespace: 'volume.kubernetes.io/controller-modify-secret-namespace',
  defaultStorageClass: 'storageclass.kubernetes.io/is-default-class',
}

/** Finalizers of claims and volumes. */
export const finalizers: {
  /** Claim: a pod uses it. Kept by kube-controller-manager. */
  readonly claimProtection: 'kubernetes.io/pvc-protection'
  /** Volume: a claim is bound to it. Kept by kube-controller-manager. */
  readonly volumeProtection: 'kubernetes.io/pv-protection'
  /** Volume: its storage has not been deleted yet. Kept by the provisioner. */
  readonly provisioner: 'external-provisioner.volume.kubernetes.io/finalizer'
  /** Claim: it is being cloned. */
  readonly cloningProtection: 'provisioner.storage.kubernetes.io/cloning-protection'
  /** Snapshot: it is being restored. */
  readonly snapshotSourceProtection: 'provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection'
} = {
  claimProtection: 'kubernetes.io/pvc-protection',
  volumeProtection: 'kubernetes.io/pv-protection',
  provisioner: 'external-provisioner.volume.kubernetes.io/finalizer',
  cloningProtection: 'provisioner.storage.kubernetes.io/cloning-protection',
  snapshotSourceProtection: 'provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection',
}

/** Reads an annotation of an object; cached ones fit. */
export function annotationOf(
  object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined } },
  key: string,
): string | undefined {
  return object.metadata.annotations?.[key]
}
