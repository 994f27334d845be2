import type { PersistentVolume, PersistentVolumeClaim } from '@csi-ts/kube-api'
import type { NewObject } from '@csi-ts/kube-client'

/** Name of the driver that the volumes are of. */
const driverName = 'hostpath.csi.k8s.io'

const padding = 'x'.repeat(40)

/** Name of the volume with this number. */
export function volumeName(index: number): string {
  return `pvc-${uidOf(index)}`
}

/**
 * A bound volume as the API server returns it in a cluster in use: 2.8 kB of JSON with its managedFields. `revision`
 * makes one that differs in an annotation.
 */
export function volumeObject(index: number, revision = 0): NewObject<PersistentVolume> {
  const uid = uidOf(index)
  return {
    metadata: {
      name: volumeName(index),
      labels: { 'topology.example.com/zone': `zone-${index % 3}`, 'example.com/team': `team-${index % 50}` },
      annotations: {
        'pv.kubernetes.io/provisioned-by': driverName,
        'volume.kubernetes.io/provisioner-deletion-secret-name': '',
        'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
        'example.com/revision': String(revision),
        'example.com/notes': padding,
      },
      finalizers: ['kubernetes.io/pv-protection', `external-provisioner.volume.kubernetes.io/finalizer`],
      managedFields: ['csi-provisioner', 'csi-attacher', 'kube-controller-manager'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-22T08:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: ownedFields,
      })),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '10Gi' },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: claimName(index),
        namespace: 'default',
        resourceVersion: String(1000 + index),
        uid,
      },
      csi: {
        driver: driverName,
        fsType: 'ext4',
        volumeHandle: `vol-${uid}`,
        volumeAttributes: {
          'storage.kubernetes.io/csiProvisionerIdentity': `1763800000000-1234-${driverName}`,
          'example.com/pool': padding,
          'example.com/server': '10.0.0.17',
        },
      },
      mountOptions: ['noatime', 'nodiratime'],
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.example.com/zone', operator: 'In', values: [`zone-${index % 3}`] }] },
          ],
        },
      },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'standard',
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Bound' },
  }
}

/** The claim that the volume with this number is bound to. */
export function claimObject(index: number): NewObject<PersistentVolumeClaim> {
  return {
    metadata: {
      name: claimName(index),
      namespace: 'default',
      annotations: {
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
        'volume.beta.kubernetes.io/storage-provisioner': driverName,
        'volume.kubernetes.io/storage-provisioner': driverName,
      },
      finalizers: ['kubernetes.io/pvc-protection'],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-22T08:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: ownedFields,
        },
      ],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '10Gi' } },
      storageClassName: 'standard',
      volumeMode: 'Filesystem',
      volumeName: volumeName(index),
    },
    status: { accessModes: ['ReadWriteOnce'], capacity: { storage: '10Gi' }, phase: 'Bound' },
  }
}

function claimName(index: number): string {
  return `data-${index}`
}

/** A uid that a number stands for. */
function uidOf(index: number): string {
  return `4f0c52b8-6d0e-4b5a-9d43-${index.toString(16).padStart(12, '0')}`
}

/** What one manager owns, in the form of managedFields. */
const ownedFields = {
  'f:metadata': {
    'f:annotations': { '.': {}, 'f:pv.kubernetes.io/provisioned-by': {}, 'f:example.com/revision': {} },
    'f:finalizers': { '.': {}, 'v:"kubernetes.io/pv-protection"': {} },
  },
  'f:spec': { 'f:accessModes': {}, 'f:capacity': { '.': {}, 'f:storage': {} }, 'f:claimRef': {}, 'f:csi': {} },
}
