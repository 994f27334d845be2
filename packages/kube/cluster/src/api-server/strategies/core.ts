import { type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts'
import { ensureRecord, jsonEqual, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import type { Strategy } from './strategy.ts'

/** Namespace. Goes when `/finalize` has emptied `spec.finalizers`: see `finalizeNamespace`. */
export const namespace: Strategy = {
  returnsDeleted: true,
  names: 'label',
  defaults(object) {
    if (object.metadata.name !== undefined) {
      object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
    }
    ensureRecord(object, 'status')['phase'] ??= 'Active'
  },
  prepareForCreate(object) {
    object['status'] = { phase: 'Active' }
    ensureRecord(object, 'spec')['finalizers'] = ['kubernetes']
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' }
  },
  prepareForUpdate(object, stored) {
    object['spec'] = { ...recordAt(object, 'spec'), finalizers: valueAt(stored, 'spec', 'finalizers') }
  },
  markDeleted(object) {
    if (listAt(object, 'spec', 'finalizers').length === 0) return false
    object['status'] = { ...recordAt(object, 'status'), phase: 'Terminating' }
    return true
  },
  selectableFields: (object) => ({
    name: object.metadata.name ?? '',
    'status.phase': stringAt(object, 'status', 'phase'),
  }),
}

/** Node. */
export const node: Strategy = {
  // The kubelet registers itself with its status.
  createsWithStatus: true,
  defaults(object) {
    const status = ensureRecord(object, 'status')
    if (status['allocatable'] === undefined && status['capacity'] !== undefined) {
      status['allocatable'] = { ...recordAt(status, 'capacity') }
    }
  },
  admitCreate(object) {
    const spec = ensureRecord(object, 'spec')
    const taint = { effect: 'NoSchedule', key: 'node.kubernetes.io/not-ready' }
    const taints = Array.isArray(spec['taints']) ? (spec['taints'] as unknown[]) : []
    if (!taints.some((each) => jsonEqual(each, taint))) spec['taints'] = [...taints, taint]
  },
  selectableFields: (object) => ({ 'spec.unschedulable': String(valueAt(object, 'spec', 'unschedulable') === true) }),
}

/** Secret. `stringData` is written into `data` and never read. */
export const secret: Strategy = {
  defaults(object) {
    object['type'] ??= 'Opaque'
    for (const [key, value] of Object.entries(recordAt(object, 'stringData'))) {
      ensureRecord(object, 'data')[key] = Buffer.from(String(value)).toString('base64')
    }
    delete object['stringData']
  },
  validate: (object) => configKeyErrors(object, ['data']),
  validateUpdate(object, stored) {
    const errors: FieldError[] = []
    if (object['type'] !== stored['type']) errors.push(invalidValue('type', object['type'], 'field is immutable'))
    return [...errors, ...frozenErrors(object, stored, ['data'])]
  },
  selectableFields: (object) => ({ type: stringAt(object, 'type') }),
}

/** ConfigMap. */
export const configMap: Strategy = {
  validate: (object) => configKeyErrors(object, ['data', 'binaryData']),
  validateUpdate: (object, stored) => frozenErrors(object, stored, ['data', 'binaryData']),
}

/** ServiceAccount. */
export const serviceAccount: Strategy = { returnsDeleted: true }

/** Lease. */
export const lease: Strategy = {
  createsOnUpdate: true,
  updatesUnconditionally: false,
  validate(object) {
    const seconds = valueAt(object, 'spec', 'leaseDurationSeconds')
    const transitions = valueAt(object, 'spec', 'leaseTransitions')
    return [
      ...(typeof seconds === 'number' && seconds <= 0
        ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
        : []),
      ...(typeof transitions === 'number' && transitions < 0
        ? [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
        : []),
    ]
  },
}

/** RBAC roles and bindings: stored, never enforced. */
export const role: Strategy = { names: 'path-segment', createsOnUpdate: true }

/** Bindings need to know what they bind, and never change it. */
export const roleBinding: Strategy = {
  ...role,
  defaults(object) {
    const roleRef = ensureRecord(object, 'roleRef')
    if (stringAt(roleRef, 'apiGroup') === '') roleRef['apiGroup'] = 'rbac.authorization.k8s.io'
  },
  validate: (object) => (stringAt(object, 'roleRef', 'name') === '' ? [required('roleRef.name')] : []),
  validateUpdate: (object, stored) =>
    jsonEqual(object['roleRef'], stored['roleRef'])
      ? []
      : [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')],
}

const configKeyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
  "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

function configKeyErrors(object: Record<string, unknown>, fields: readonly string[]): FieldError[] {
  return fields.flatMap((field) =>
    Object.keys(recordAt(object, field))
      .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
      .map((key) => invalidValue(`${field}[${key}]`, key, configKeyText)),
  )
}

function frozenErrors(
  object: Record<string, unknown>,
  stored: Record<string, unknown>,
  fields: readonly string[],
): FieldError[] {
  if (stored['immutable'] !== true) return []
  const why = 'field is immutable when `immutable` is set'
  const changed = fields.filter((field) => !jsonEqual(object[field], stored[field]))
  return [
    ...(object['immutable'] === true ? [] : [forbiddenField('immutable', why)]),
    ...changed.map((field) => forbiddenField(field, why)),
  ]
}
