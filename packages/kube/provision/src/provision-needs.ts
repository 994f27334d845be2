import { annotations, type PersistentVolumeClaim, resources } from '@csi-ts/kube-api'
import type { DeepReadonly, IndexFunction, Needs, ResourceNeed } from '@csi-ts/kube-controller'
import { claimUidIndex } from './claim-reconciler.ts'
import { hasVolume } from './plan-provision.ts'
import { classNameOf } from './storage-class.ts'

/** Name of the index of claims without a volume by the name of their class. */
export const openClaimsByClassIndex = 'openClaimsByClass'

const byUid: IndexFunction<PersistentVolumeClaim> = (claim: DeepReadonly<PersistentVolumeClaim>) => [
  claim.metadata.uid ?? '',
]

const byClass: IndexFunction<PersistentVolumeClaim> = (claim: DeepReadonly<PersistentVolumeClaim>) =>
  hasVolume(claim) ? [] : [classNameOf(claim)]

const claims: ResourceNeed<PersistentVolumeClaim> = {
  resource: resources.persistentVolumeClaims,
  verbs: ['get', 'list', 'watch', 'update'],
  fields: [
    `metadata.annotations[${annotations.storageProvisioner}]`,
    `metadata.annotations[${annotations.betaStorageProvisioner}]`,
    `metadata.annotations[${annotations.betaStorageClass}]`,
    `metadata.annotations[${annotations.selectedNode}]`,
    `metadata.annotations[${annotations.alphaSelectedNode}]`,
    'spec.storageClassName',
    'spec.volumeName',
    'spec.dataSource.kind',
  ],
  indexes: { [claimUidIndex]: byUid, [openClaimsByClassIndex]: byClass },
}

/**
 * What the provision controller reads and writes. A provisioner adds the fields that it reads itself. Verbs are those of
 * upstream's rules: no patch of claims.
 */
export const provisionNeeds: Needs = [
  claims,
  {
    resource: resources.persistentVolumes,
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    fields: [
      `metadata.annotations[${annotations.provisionedBy}]`,
      `metadata.annotations[${annotations.migratedTo}]`,
      'metadata.finalizers',
      'spec.claimRef.namespace',
      'spec.claimRef.name',
      'spec.claimRef.uid',
      'spec.persistentVolumeReclaimPolicy',
      'status.phase',
    ],
  },
  {
    resource: resources.storageClasses,
    verbs: ['get', 'list', 'watch'],
    fields: ['provisioner', 'volumeBindingMode'],
  },
  { resource: resources.events, verbs: ['list', 'watch', 'create', 'update', 'patch'] },
]
