/** Objects that checks work with; all of them are what a real server accepts. */

/** A claim of 1 GiB. */
export function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels: { app: 'db' } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  }
}

/** A CSI volume of 1 GiB. */
export function volume(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': 'csi.example.com' } },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'fast',
      csi: { driver: 'csi.example.com', volumeHandle: 'vol-1', fsType: 'ext4', volumeAttributes: { tier: 'hot' } },
      ...spec,
    },
  }
}

/** A class of the same driver. */
export function storageClass(name: string, fields: object = {}): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'csi.example.com',
    parameters: { tier: 'hot' },
    ...fields,
  }
}

/** A pod that mounts a claim. It is accepted also where nobody makes service accounts. */
export function pod(name: string, claimName = 'data'): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'db' } },
    spec: {
      containers: [{ name: 'main', image: 'example.com/db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  }
}

/** A config map. */
export function configMap(name: string, data: Readonly<Record<string, string>>, labels?: object): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels && { labels }) }, data }
}

/** A definition of a namespaced kind `Widget` with a schema, a default, a status and columns of its own. */
export function widgetDefinition(group: string): object {
  const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath })
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['things'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Size', 'integer', '.spec.size'),
            column('Color', 'string', '.spec.color'),
            column('Phase', 'string', '.status.phase'),
            column('Age', 'date', '.metadata.creationTimestamp'),
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'A widget of some size.',
              properties: {
                spec: {
                  type: 'object',
                  description: 'What is asked for.',
                  required: ['size'],
                  properties: {
                    size: { type: 'integer', minimum: 1, description: 'How large it is.' },
                    color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
                  },
                },
                status: { type: 'object', properties: { phase: { type: 'string' } } },
              },
            },
          },
        },
      ],
    },
  }
}
