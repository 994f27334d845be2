import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts'
import { cloneJson, ensureRecord, jsonEqual, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import { addFinalizer } from './finalizer.ts'
import type { Strategy } from './strategy.ts'
import { accessModeErrors, capacityErrors } from './volume-rules.ts'

/** What a volume may be; everything else in its spec is not a source. */
const plainFields = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])

/** PersistentVolume. */
export const persistentVolume: Strategy = {
  returnsDeleted: true,
  defaults(object) {
    const spec = ensureRecord(object, 'spec')
    spec['persistentVolumeReclaimPolicy'] ??= 'Retain'
    spec['volumeMode'] ??= 'Filesystem'
    ensureRecord(object, 'status')['phase'] ??= 'Pending'
  },
  admitCreate(object) {
    addFinalizer(object, 'kubernetes.io/pv-protection')
  },
  prepareForCreate(object, { now }) {
    object['status'] = { phase: 'Pending', lastPhaseTransitionTime: now }
  },
  prepareForStatusUpdate(object, stored, { now }) {
    const status = ensureRecord(object, 'status')
    const before = recordAt(stored, 'status')
    const isSamePhase = status['phase'] === before['phase']
    const time = status['lastPhaseTransitionTime']
    if (isSamePhase) {
      if (time === undefined && before['lastPhaseTransitionTime'] !== undefined) {
        status['lastPhaseTransitionTime'] = before['lastPhaseTransitionTime']
      }
    } else if (time === undefined || time === before['lastPhaseTransitionTime']) status['lastPhaseTransitionTime'] = now
  },
  validate(object) {
    const spec = recordAt(object, 'spec')
    const policy = stringAt(spec, 'persistentVolumeReclaimPolicy')
    const mode = stringAt(spec, 'volumeMode')
    return [
      ...accessModeErrors(listAt(spec, 'accessModes'), 'spec.accessModes', ''),
      ...capacityErrors(recordAt(spec, 'capacity'), 'spec.capacity'),
      ...(['Delete', 'Recycle', 'Retain'].includes(policy)
        ? []
        : [notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain'])]),
      ...sourceErrors(spec),
      ...(['Block', 'Filesystem'].includes(mode)
        ? []
        : [notSupported('spec.volumeMode', mode, ['Block', 'Filesystem'])]),
    ]
  },
  validateUpdate(object, stored) {
    const errors: FieldError[] = []
    const next = sourceOf(object)
    const before = sourceOf(stored)
    const csi = next['csi']
    // A secret for expansion may be added once.
    if (
      csi !== undefined &&
      before['csi'] !== undefined &&
      valueAt(before, 'csi', 'controllerExpandSecretRef') === undefined
    ) {
      delete recordAt(next, 'csi')['controllerExpandSecretRef']
    }
    if (!jsonEqual(next, before)) {
      errors.push(
        forbiddenField(
          'spec.persistentvolumesource',
          `spec.persistentvolumesource is immutable after creation\n${difference(before, next)}`,
        ),
      )
    }
    const mode = valueAt(object, 'spec', 'volumeMode')
    if (mode !== valueAt(stored, 'spec', 'volumeMode'))
      errors.push(invalidValue('volumeMode', mode, 'field is immutable'))
    const affinity = valueAt(stored, 'spec', 'nodeAffinity')
    if (affinity !== undefined && !jsonEqual(affinity, valueAt(object, 'spec', 'nodeAffinity'))) {
      errors.push(
        invalidValue(
          'nodeAffinity',
          valueAt(object, 'spec', 'nodeAffinity') ?? null,
          'field is immutable, except for updating from beta label to GA',
        ),
      )
    }
    return errors
  },
}

function sourceOf(object: unknown): Record<string, unknown> {
  const entries = Object.entries(recordAt(object, 'spec')).filter(([field]) => !plainFields.has(field))
  return cloneJson(Object.fromEntries(entries))
}

function sourceErrors(spec: Record<string, unknown>): FieldError[] {
  const sources = Object.keys(sourceOf({ spec })).toSorted((a, b) => Number(a === 'csi') - Number(b === 'csi'))
  if (sources.length === 0) return [required('spec', 'must specify a volume type')]
  if (sources.length > 1)
    return sources.slice(1).map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'))
  if (!sources.includes('csi')) return []
  return [
    ...(stringAt(spec, 'csi', 'driver') === '' ? [required('spec.csi.driver')] : []),
    ...(stringAt(spec, 'csi', 'volumeHandle') === '' ? [required('spec.csi.volumeHandle')] : []),
  ]
}

/** What differs, for people; the real server prints its own form of it. */
export function difference(before: unknown, next: unknown): string {
  return `- ${JSON.stringify(before)}\n+ ${JSON.stringify(next)}`
}
