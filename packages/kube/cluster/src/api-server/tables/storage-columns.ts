import { type ApiObject, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import { ageColumn, flagColumn, nameColumn, phaseColumn, textColumn } from './cells.ts'
import type { Column } from './column.ts'

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'
const attributesColumn = textColumn('VolumeAttributesClass', ['spec', 'volumeAttributesClassName'], '<unset>')
const modeColumn = textColumn('VolumeMode', ['spec', 'volumeMode'], '<unset>', 1)
const classColumn: Column = {
  name: 'StorageClass',
  type: 'string',
  cell: (object) => object.metadata.annotations?.[classAnnotation] ?? stringAt(object, 'spec', 'storageClassName'),
}

/** Tables of volumes, claims and what belongs to them. */
export const storageColumns: Readonly<Record<string, readonly Column[]>> = {
  '/PersistentVolume': [
    nameColumn,
    textColumn('Capacity', ['spec', 'capacity', 'storage']),
    { name: 'Access Modes', type: 'string', cell: (object) => modesText(listAt(object, 'spec', 'accessModes')) },
    textColumn('Reclaim Policy', ['spec', 'persistentVolumeReclaimPolicy']),
    phaseColumn(),
    { name: 'Claim', type: 'string', cell: claimText },
    classColumn,
    attributesColumn,
    textColumn('Reason', ['status', 'reason']),
    ageColumn,
    modeColumn,
  ],
  '/PersistentVolumeClaim': [
    nameColumn,
    phaseColumn(),
    textColumn('Volume', ['spec', 'volumeName']),
    {
      name: 'Capacity',
      type: 'string',
      cell: (object) => whenBound(object, stringAt(object, 'status', 'capacity', 'storage') || '0'),
    },
    {
      name: 'Access Modes',
      type: 'string',
      cell: (object) => whenBound(object, modesText(listAt(object, 'status', 'accessModes'))),
    },
    classColumn,
    attributesColumn,
    ageColumn,
    modeColumn,
  ],
  'storage.k8s.io/CSIDriver': [
    nameColumn,
    flagColumn('AttachRequired', ['spec', 'attachRequired']),
    flagColumn('PodInfoOnMount', ['spec', 'podInfoOnMount']),
    flagColumn('StorageCapacity', ['spec', 'storageCapacity']),
    {
      name: 'TokenRequests',
      type: 'string',
      cell: (object) =>
        valueAt(object, 'spec', 'tokenRequests') === undefined
          ? '<unset>'
          : listAt(object, 'spec', 'tokenRequests')
              .map((request) => stringAt(request, 'audience'))
              .join(','),
    },
    flagColumn('RequiresRepublish', ['spec', 'requiresRepublish']),
    {
      name: 'Modes',
      type: 'string',
      cell: (object) => listAt(object, 'spec', 'volumeLifecycleModes').join(',') || '<none>',
    },
    ageColumn,
  ],
  'storage.k8s.io/CSINode': [
    nameColumn,
    { name: 'Drivers', type: 'integer', cell: (object) => listAt(object, 'spec', 'drivers').length },
    ageColumn,
  ],
  'storage.k8s.io/StorageClass': [
    {
      ...nameColumn,
      cell: ({ metadata }) => {
        const isDefault = metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        return `${metadata.name ?? ''}${isDefault ? ' (default)' : ''}`
      },
    },
    textColumn('Provisioner', ['provisioner']),
    textColumn('ReclaimPolicy', ['reclaimPolicy']),
    textColumn('VolumeBindingMode', ['volumeBindingMode']),
    flagColumn('AllowVolumeExpansion', ['allowVolumeExpansion'], 'string'),
    ageColumn,
  ],
  'storage.k8s.io/VolumeAttachment': [
    nameColumn,
    { ...textColumn('Attacher', ['spec', 'attacher']), format: 'name' },
    textColumn('PV', ['spec', 'source', 'persistentVolumeName']),
    textColumn('Node', ['spec', 'nodeName']),
    flagColumn('Attached', ['status', 'attached']),
    ageColumn,
  ],
  'storage.k8s.io/VolumeAttributesClass': [nameColumn, textColumn('DriverName', ['driverName']), ageColumn],
}

function claimText(object: ApiObject): string {
  const claim = recordAt(object, 'spec', 'claimRef')
  return Object.keys(claim).length === 0 ? '' : `${stringAt(claim, 'namespace')}/${stringAt(claim, 'name')}`
}

function whenBound(object: ApiObject, text: string): string {
  return stringAt(object, 'spec', 'volumeName') === '' ? '' : text
}

function modesText(modes: readonly unknown[]): string {
  const short = [
    ['ReadWriteOnce', 'RWO'],
    ['ReadOnlyMany', 'ROX'],
    ['ReadWriteMany', 'RWX'],
    ['ReadWriteOncePod', 'RWOP'],
  ] as const
  return short
    .filter(([mode]) => modes.includes(mode))
    .map(([, text]) => text)
    .join(',')
}
