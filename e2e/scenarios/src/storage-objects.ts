import type { NewObject, PersistentVolumeClaim, StorageClass } from '@csi-ts/kube-cluster/port'

/** Name of the driver that scenarios run against. */
export const driverName = 'hostpath.csi.k8s.io'

/** The namespace that scenarios work in; every cluster has it. */
export const namespace = 'default'

/** A StorageClass of the driver under test. */
export function storageClass(name: string, fields: Partial<NewObject<StorageClass>> = {}): NewObject<StorageClass> {
  return {
    metadata: { name },
    provisioner: driverName,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...fields,
  }
}

/** A claim of 1 MiB. */
export function claim(name: string, storageClassName: string): NewObject<PersistentVolumeClaim> {
  return {
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Mi' } } },
  }
}
