import { type FieldError, forbiddenField, required } from '../field-error.ts'
import {
  ensureRecord,
  isRecord,
  type JsonRecord,
  jsonEqual,
  listAt,
  recordAt,
  stringAt,
  valueAt,
} from '../json-record.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import type { Strategy } from './strategy.ts'

/** Pod. Bounded: what a pod runs is not checked. */
export const pod: Strategy = {
  returnsDeleted: true,
  generation: 'from-create',
  defaults(object) {
    const spec = ensureRecord(object, 'spec')
    defaultPodSpec(spec)
    spec['enableServiceLinks'] ??= true
    for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
      if (!isRecord(container)) continue
      const limits = recordAt(container, 'resources', 'limits')
      if (Object.keys(limits).length === 0) continue
      const requests = ensureRecord(ensureRecord(container, 'resources'), 'requests')
      for (const [name, value] of Object.entries(limits)) requests[name] ??= value
    }
    ensureRecord(object, 'status')['phase'] ??= 'Pending'
  },
  admitCreate(object) {
    const spec = ensureRecord(object, 'spec')
    spec['serviceAccountName'] ??= 'default'
    spec['serviceAccount'] ??= spec['serviceAccountName']
    spec['priority'] ??= 0
    spec['preemptionPolicy'] ??= 'PreemptLowerPriority'
    spec['tolerations'] = withDefaultTolerations(listAt(spec, 'tolerations'))
  },
  prepareForCreate(object) {
    object['status'] = { phase: 'Pending', qosClass: qosClassOf(recordAt(object, 'spec')) }
  },
  validate(object) {
    const containers = listAt(object, 'spec', 'containers')
    const names = new Set(listAt(object, 'spec', 'volumes').map((volume) => stringAt(volume, 'name')))
    return [
      ...(containers.length === 0 ? [required('spec.containers')] : []),
      ...containers.flatMap((container, index) => containerErrors(container, `spec.containers[${index}]`, names)),
    ]
  },
  validateUpdate(object, stored) {
    if (jsonEqual(fixedPart(recordAt(object, 'spec')), fixedPart(recordAt(stored, 'spec')))) return []
    const why =
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
      '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
      '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
    return [forbiddenField('spec', why)]
  },
  selectableFields: (object) => ({
    'spec.nodeName': stringAt(object, 'spec', 'nodeName'),
    'spec.restartPolicy': stringAt(object, 'spec', 'restartPolicy'),
    'spec.schedulerName': stringAt(object, 'spec', 'schedulerName'),
    'spec.serviceAccountName': stringAt(object, 'spec', 'serviceAccountName'),
    'spec.hostNetwork': String(valueAt(object, 'spec', 'hostNetwork') === true),
    'status.phase': stringAt(object, 'status', 'phase'),
    'status.podIP': stringAt(object, 'status', 'podIP'),
    'status.nominatedNodeName': stringAt(object, 'status', 'nominatedNodeName'),
  }),
  gracePeriodSeconds(object, requested) {
    const own = valueAt(object, 'spec', 'terminationGracePeriodSeconds')
    const isScheduled = stringAt(object, 'spec', 'nodeName') !== ''
    const isOver = ['Failed', 'Succeeded'].includes(stringAt(object, 'status', 'phase'))
    // Nobody would end it: no kubelet has it, or nothing runs any more.
    if (!isScheduled || isOver) return 0
    return requested ?? (typeof own === 'number' ? own : 30)
  },
}

function containerErrors(container: unknown, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const mounts = listAt(container, 'volumeMounts').flatMap((mount, index): FieldError[] => {
    const name = stringAt(mount, 'name')
    return volumes.has(name)
      ? []
      : [{ type: 'FieldValueNotFound', field: `${field}.volumeMounts[${index}].name`, value: name }]
  })
  return [
    ...(stringAt(container, 'name') === '' ? [required(`${field}.name`)] : []),
    ...(stringAt(container, 'image') === '' ? [required(`${field}.image`)] : []),
    ...mounts,
  ]
}

function fixedPart(spec: JsonRecord): JsonRecord {
  const withoutImage = (containers: readonly unknown[]) =>
    containers.map((container) => (isRecord(container) ? { ...container, image: '' } : container))
  return {
    ...spec,
    containers: withoutImage(listAt(spec, 'containers')),
    initContainers: withoutImage(listAt(spec, 'initContainers')),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    terminationGracePeriodSeconds: undefined,
    schedulingGates: undefined,
  }
}

function withDefaultTolerations(tolerations: readonly unknown[]): unknown[] {
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) => !tolerations.some((toleration) => ['', key].includes(stringAt(toleration, 'key'))),
  )
  const added = missing.map((key) => ({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: 300 }))
  return [...tolerations, ...added]
}

function qosClassOf(spec: JsonRecord): string {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]
  const resources = containers.map((container) => recordAt(container, 'resources'))
  const hasAny = resources.some((each) =>
    ['requests', 'limits'].some((kind) => Object.keys(recordAt(each, kind)).length > 0),
  )
  if (!hasAny) return 'BestEffort'
  const isGuaranteed = resources.every((each) =>
    ['cpu', 'memory'].every((name) => {
      const limit = valueAt(each, 'limits', name)
      return limit !== undefined && jsonEqual(limit, valueAt(each, 'requests', name))
    }),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}
