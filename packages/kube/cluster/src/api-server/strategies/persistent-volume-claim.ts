import { parseQuantity } from '@csi-ts/kube-api'
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts'
import {
  type ApiObject,
  cloneJson,
  ensureRecord,
  type JsonRecord,
  jsonEqual,
  listAt,
  recordAt,
  stringAt,
  valueAt,
} from '../json-record.ts'
import { forbidden } from '../status-error.ts'
import { addFinalizer } from './finalizer.ts'
import { difference } from './persistent-volume.ts'
import type { Strategy, StrategyContext } from './strategy.ts'
import { accessModeErrors, positiveErrors } from './volume-rules.ts'

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'
const defaultClassAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]
const storageClasses = { group: 'storage.k8s.io', plural: 'storageclasses' }
const claims = { group: '', plural: 'persistentvolumeclaims' }

/** PersistentVolumeClaim. */
export const persistentVolumeClaim: Strategy = {
  returnsDeleted: true,
  defaults(object) {
    ensureRecord(object, 'spec')['volumeMode'] ??= 'Filesystem'
    ensureRecord(object, 'status')['phase'] ??= 'Pending'
  },
  admitCreate(object, context) {
    addFinalizer(object, 'kubernetes.io/pvc-protection')
    const spec = ensureRecord(object, 'spec')
    const hasClass =
      spec['storageClassName'] !== undefined || object.metadata.annotations?.[classAnnotation] !== undefined
    const byDefault = hasClass ? undefined : defaultClass(context)
    if (byDefault !== undefined) spec['storageClassName'] = byDefault
  },
  prepareForCreate(object) {
    object['status'] = { phase: 'Pending' }
    normalizeDataSources(ensureRecord(object, 'spec'))
  },
  prepareForUpdate(object) {
    normalizeDataSources(ensureRecord(object, 'spec'))
  },
  admitUpdate(object, stored, { find }) {
    if (sizeOf(object) <= sizeOf(stored)) return
    if (stringAt(stored, 'status', 'phase') !== 'Bound') {
      throw forbidden(claims, object.metadata.name ?? '', 'Only bound persistent volume claims can be expanded')
    }
    const storageClass = find(storageClasses, '', classOf(object))
    if (storageClass?.['allowVolumeExpansion'] === true) return
    const why =
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
    throw forbidden(claims, object.metadata.name ?? '', why)
  },
  validate(object) {
    const spec = recordAt(object, 'spec')
    const size = stringAt(spec, 'resources', 'requests', 'storage')
    const mode = stringAt(spec, 'volumeMode')
    return [
      ...accessModeErrors(listAt(spec, 'accessModes'), 'spec.accessModes', 'at least 1 access mode is required'),
      ...(size === '' ? [required('spec.resources[storage]')] : positiveErrors(size, 'spec.resources[storage]')),
      ...(['Block', 'Filesystem'].includes(mode)
        ? []
        : [notSupported('spec.volumeMode', mode, ['Block', 'Filesystem'])]),
    ]
  },
  validateUpdate(object, stored) {
    const errors: FieldError[] = []
    const next = comparable(object, stored, stored)
    const before = comparable(stored, object, stored)
    if (!jsonEqual(next, before)) {
      const why =
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
      errors.push(forbiddenField('spec', `${why}\n${difference(before, next)}`))
    }
    const capacity = parseQuantity(stringAt(stored, 'status', 'capacity', 'storage') || '0').nanos
    if (sizeOf(object) < sizeOf(stored) && sizeOf(object) <= capacity) {
      errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'))
    }
    const mode = valueAt(object, 'spec', 'volumeMode')
    if (mode !== valueAt(stored, 'spec', 'volumeMode'))
      errors.push(invalidValue('volumeMode', mode, 'field is immutable'))
    return errors
  },
  selectableFields: ({ metadata }) => ({ name: metadata.name ?? '' }),
}

/** The spec without what may change: the volume's name once, the class when there was none, sizes of bound claims. */
function comparable(object: ApiObject, other: ApiObject, stored: ApiObject): JsonRecord {
  const spec = cloneJson(recordAt(object, 'spec'))
  if (stringAt(stored, 'spec', 'volumeName') === '') delete spec['volumeName']
  if (
    valueAt(stored, 'spec', 'storageClassName') === undefined &&
    valueAt(other, 'spec', 'storageClassName') !== undefined
  ) {
    delete spec['storageClassName']
  }
  if (valueAt(stored, 'spec', 'storageClassName') === undefined) delete spec['storageClassName']
  if (stringAt(stored, 'status', 'phase') === 'Bound') {
    delete recordAt(spec, 'resources', 'requests')['storage']
    delete spec['volumeAttributesClassName']
  }
  return spec
}

function sizeOf(object: ApiObject): bigint {
  return parseQuantity(stringAt(object, 'spec', 'resources', 'requests', 'storage') || '0').nanos
}

function classOf(object: ApiObject): string {
  return object.metadata.annotations?.[classAnnotation] ?? stringAt(object, 'spec', 'storageClassName')
}

/** The newest class that is marked as the default; by name when several are equally new. */
function defaultClass({ list }: StrategyContext): string | undefined {
  const marked = list(storageClasses).filter(({ metadata }) =>
    defaultClassAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true'),
  )
  const order = (a: ApiObject, b: ApiObject) =>
    (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '') ||
    (a.metadata.name ?? '').localeCompare(b.metadata.name ?? '')
  return marked.toSorted(order)[0]?.metadata.name
}

/** `dataSource` and `dataSourceRef` say the same, unless the latter names a namespace. */
function normalizeDataSources(spec: JsonRecord): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource !== undefined && dataSourceRef === undefined) spec['dataSourceRef'] = cloneJson(dataSource)
  else if (dataSource === undefined && dataSourceRef !== undefined && stringAt(dataSourceRef, 'namespace') === '') {
    const { namespace: _, ...local } = recordAt(spec, 'dataSourceRef')
    spec['dataSource'] = cloneJson({ apiGroup: null, ...local })
  }
}
