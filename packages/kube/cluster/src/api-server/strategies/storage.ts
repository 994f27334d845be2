import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts'
import type { ApiObject } from '../json-record.ts'
import { ensureRecord, jsonEqual, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import { nameErrors } from '../name-rules.ts'
import type { Strategy } from './strategy.ts'

const reclaimPolicies = ['Delete', 'Retain']
const bindingModes = ['Immediate', 'WaitForFirstConsumer']
const isImmutable = 'field is immutable'

/** StorageClass. */
export const storageClass: Strategy = {
  returnsDeleted: true,
  defaults(object) {
    object['reclaimPolicy'] ??= 'Delete'
    object['volumeBindingMode'] ??= 'Immediate'
  },
  validate(object) {
    const policy = stringAt(object, 'reclaimPolicy')
    const mode = stringAt(object, 'volumeBindingMode')
    return [
      ...(stringAt(object, 'provisioner') === '' ? [required('provisioner')] : []),
      ...(reclaimPolicies.includes(policy) ? [] : [notSupported('reclaimPolicy', policy, reclaimPolicies)]),
      ...(bindingModes.includes(mode) ? [] : [notSupported('volumeBindingMode', mode, bindingModes)]),
    ]
  },
  validateUpdate: (object, stored) =>
    immutableErrors(object, stored, ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']),
}

/** VolumeAttributesClass. */
export const volumeAttributesClass: Strategy = {
  returnsDeleted: true,
  validate: (object) => [
    ...(stringAt(object, 'driverName') === '' ? [required('driverName')] : []),
    ...(Object.keys(recordAt(object, 'parameters')).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
  ],
  validateUpdate: (object, stored) => immutableErrors(object, stored, ['driverName', 'parameters']),
}

/** CSIDriver. */
export const csiDriver: Strategy = {
  returnsDeleted: true,
  generation: 'from-update',
  updatesUnconditionally: false,
  defaults(object) {
    const spec = ensureRecord(object, 'spec')
    spec['attachRequired'] ??= true
    spec['podInfoOnMount'] ??= false
    spec['storageCapacity'] ??= false
    spec['fsGroupPolicy'] ??= 'ReadWriteOnceWithFSType'
    spec['volumeLifecycleModes'] ??= ['Persistent']
    spec['requiresRepublish'] ??= false
    spec['seLinuxMount'] ??= false
  },
  validate(object) {
    const modes = ['Ephemeral', 'Persistent']
    const wrong = listAt(object, 'spec', 'volumeLifecycleModes').filter((mode) => !modes.includes(String(mode)))
    return wrong.map((mode) => notSupported('spec.volumeLifecycleModes', mode, modes))
  },
  validateUpdate: (object, stored) =>
    ['attachRequired', 'volumeLifecycleModes'].flatMap((field) => {
      const next = valueAt(object, 'spec', field)
      const path = field === 'attachRequired' ? 'spec.attachedRequired' : `spec.${field}`
      return jsonEqual(next, valueAt(stored, 'spec', field)) ? [] : [invalidValue(path, next, isImmutable)]
    }),
}

/** CSINode. */
export const csiNode: Strategy = {
  returnsDeleted: true,
  updatesUnconditionally: false,
  validate: (object) =>
    listAt(object, 'spec', 'drivers').flatMap((driver, index) => [
      ...(stringAt(driver, 'name') === '' ? [required(`spec.drivers[${index}].name`)] : []),
      ...(stringAt(driver, 'nodeID') === '' ? [required(`spec.drivers[${index}].nodeID`)] : []),
    ]),
  validateUpdate(object, stored) {
    const errors: FieldError[] = []
    for (const before of listAt(stored, 'spec', 'drivers')) {
      const next = listAt(object, 'spec', 'drivers').find(
        (driver) => stringAt(driver, 'name') === stringAt(before, 'name'),
      )
      const fixed = (driver: unknown) => ({ ...recordAt({ driver }, 'driver'), allocatable: undefined })
      if (next !== undefined && !jsonEqual(fixed(next), fixed(before))) {
        errors.push(invalidValue('spec.drivers', fixed(next), isImmutable))
      }
    }
    return errors
  },
}

/** VolumeAttachment. */
export const volumeAttachment: Strategy = {
  returnsDeleted: true,
  updatesUnconditionally: false,
  // As the real server does: a new attachment has the default of its one required status field.
  prepareForCreate(object) {
    object['status'] = { attached: false }
  },
  validate(object) {
    const source = recordAt(object, 'spec', 'source')
    const count = ['inlineVolumeSpec', 'persistentVolumeName'].filter((field) => source[field] !== undefined).length
    const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
    return [
      ...(stringAt(object, 'spec', 'attacher') === '' ? [required('spec.attacher')] : []),
      ...(count === 0 ? [required('spec.source', exactlyOne)] : []),
      ...(count === 2 ? [forbiddenField('spec.source', exactlyOne)] : []),
      ...nameErrors(stringAt(object, 'spec', 'nodeName'), 'spec.nodeName'),
    ]
  },
  validateUpdate: (object, stored) => immutableErrors(object, stored, ['spec']),
}

/** CSIStorageCapacity. */
export const csiStorageCapacity: Strategy = {
  updatesUnconditionally: false,
  validate: (object) => (stringAt(object, 'storageClassName') === '' ? [required('storageClassName')] : []),
  validateUpdate: (object, stored) => immutableErrors(object, stored, ['nodeTopology', 'storageClassName']),
}

function immutableErrors(object: ApiObject, stored: ApiObject, fields: readonly string[]): FieldError[] {
  return fields
    .filter((field) => !jsonEqual(object[field], stored[field]))
    .map((field) => invalidValue(field, object[field] ?? null, isImmutable))
}
