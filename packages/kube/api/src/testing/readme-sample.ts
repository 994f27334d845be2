import {
  annotations,
  formatBytes,
  hasFinalizer,
  keyOf,
  matchesLabels,
  type PersistentVolumeClaim,
  parseLabelSelector,
  quantityToBytes,
  resourcePath,
  resources,
} from '@csi-ts/kube-api'

const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: 'data',
    namespace: 'shop',
    labels: { tier: 'db' },
    annotations: { [annotations.storageProvisioner]: 'hostpath.csi.k8s.io' },
  },
  spec: { resources: { requests: { storage: '1.5Gi' } } },
}

export const sizeBytes: bigint = quantityToBytes(claim.spec.resources?.requests?.['storage'] ?? '0')
export const size: string = formatBytes(sizeBytes)
export const key: string = keyOf(claim)
export const path: string = resourcePath(resources.persistentVolumeClaims, claim.metadata, 'status')
export const isDatabase: boolean = matchesLabels(parseLabelSelector('tier in (db, cache)'), claim.metadata.labels)
export const isProtected: boolean = hasFinalizer(claim, 'kubernetes.io/pvc-protection')
