import { type FieldError, invalidValue, required } from '../field-error.ts'
import { ensureRecord, isRecord, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import type { Strategy } from '../strategies/strategy.ts'

/** Keeps a deleted definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** CustomResourceDefinition. */
export const customResourceDefinition: Strategy = {
  generation: 'from-create',
  updatesUnconditionally: false,
  defaults(object) {
    const spec = ensureRecord(object, 'spec')
    const names = ensureRecord(spec, 'names')
    if (stringAt(names, 'singular') === '') names['singular'] = stringAt(names, 'kind').toLowerCase()
    if (stringAt(names, 'listKind') === '' && stringAt(names, 'kind') !== '')
      names['listKind'] = `${stringAt(names, 'kind')}List`
    if (spec['conversion'] === undefined) spec['conversion'] = { strategy: 'None' }
  },
  prepareForCreate(object) {
    const storage = listAt(object, 'spec', 'versions').find((version) => valueAt(version, 'storage') === true)
    object['status'] = {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: [stringAt(storage, 'name')],
    }
  },
  validate(object) {
    const spec = recordAt(object, 'spec')
    const group = stringAt(spec, 'group')
    const plural = stringAt(spec, 'names', 'plural')
    const versions = listAt(spec, 'versions')
    const errors: FieldError[] = []
    if (object.metadata.name !== `${plural}.${group}`) {
      errors.push(invalidValue('metadata.name', object.metadata.name ?? '', 'must be spec.names.plural+"."+spec.group'))
    }
    if (group === '') errors.push(required('spec.group'))
    if (stringAt(spec, 'names', 'kind') === '') errors.push(required('spec.names.kind'))
    if (!['Cluster', 'Namespaced'].includes(stringAt(spec, 'scope'))) errors.push(required('spec.scope'))
    if (versions.filter((version) => valueAt(version, 'storage') === true).length !== 1) {
      errors.push(invalidValue('spec.versions', versions, 'must have exactly one version marked as storage version'))
    }
    versions.forEach((version, index) => {
      if (!isRecord(valueAt(version, 'schema', 'openAPIV3Schema'))) {
        errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`))
      }
    })
    return errors
  },
  markDeleted(object, { now }) {
    const status = ensureRecord(object, 'status')
    const others = listAt(status, 'conditions').filter((condition) => stringAt(condition, 'type') !== 'Terminating')
    const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon'
    const terminating = {
      type: 'Terminating',
      status: 'True',
      lastTransitionTime: now,
      reason: 'InstanceDeletionPending',
      message,
    }
    status['conditions'] = [...others, terminating]
    const finalizers = object.metadata.finalizers ?? []
    if (!finalizers.includes(cleanupFinalizer)) object.metadata.finalizers = [...finalizers, cleanupFinalizer]
    return true
  },
}
