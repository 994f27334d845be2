import type { ClaimView, ClassView, ProvisionRequest } from '@csi-ts/kube-provision'
import type { DriverFacts } from '../driver-facts.ts'

/** A driver that makes volumes and can nothing else. */
export const plainDriver: DriverFacts = {
  name: 'hostpath.csi.k8s.io',
  cannotProvision: undefined,
  singleNodeMultiWriter: false,
  modifiesVolumes: false,
  restoresSnapshots: false,
  clonesVolumes: false,
  attaches: false,
  topology: false,
  migratedFrom: undefined,
}

/** A request for 1 GiB, with what a test changes. */
export function requestFor(change: {
  readonly claim?: Partial<ClaimView['spec']>
  readonly annotations?: Record<string, string>
  readonly storageClass?: Partial<ClassView>
}): ProvisionRequest {
  return {
    volumeName: 'pvc-u1',
    claim: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop', uid: 'u1', annotations: change.annotations ?? {} },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'fast',
        ...change.claim,
      },
    },
    storageClass: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast', uid: 'c1' },
      provisioner: plainDriver.name,
      ...change.storageClass,
    },
  }
}
