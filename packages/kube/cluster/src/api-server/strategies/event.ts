import { type FieldError, invalidValue, required } from '../field-error.ts'
import { type ApiObject, jsonEqual, recordAt, stringAt, valueAt } from '../json-record.ts'
import { qualifiedNameErrors } from '../name-rules.ts'
import type { Strategy } from './strategy.ts'

/** Event, in the form of the core group. */
export const event: Strategy = {
  createsOnUpdate: true,
  validate: (object) => generalErrors(object, 'reportingComponent'),
  selectableFields: eventFields,
}

/** Event of `events.k8s.io`: the same object, in its older form here as in the store, with stricter rules. */
export const eventV1: Strategy = {
  createsOnUpdate: true,
  validate: (object) => generalErrors(object, 'reportingController'),
  validateCreate: (object) => [
    ...seriesErrors(object),
    ...(isSet(object['eventTime']) ? [] : [required('eventTime')]),
    ...(['Normal', 'Warning'].includes(stringAt(object, 'type'))
      ? []
      : [invalidValue('type', '', `has invalid value: ${stringAt(object, 'type')}`)]),
    ...['firstTimestamp', 'lastTimestamp', 'count']
      .filter((field) => isSet(object[field]))
      .map((field) => invalidValue(field, '', 'needs to be unset')),
    ...(Object.values(recordAt(object, 'source')).some(isSet) ? [invalidValue('source', '', 'needs to be unset')] : []),
  ],
  validateUpdate: (object, stored) => [
    ...(jsonEqual(object['series'], stored['series']) ? [] : seriesErrors(object)),
    ...frozenFields
      .filter((field) => !jsonEqual(object[field], stored[field]))
      .map((field) => invalidValue(namesInV1[field] ?? field, object[field], 'field is immutable')),
  ],
  selectableFields: (object) =>
    Object.fromEntries(
      Object.entries(eventFields(object)).map(([field, value]) => [
        field.replace('involvedObject.', 'regarding.').replace('reportingComponent', 'reportingController'),
        value,
      ]),
    ),
}

const frozenFields = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
]
/** The one field that messages of the server do not call by its older name. */
const namesInV1: Readonly<Record<string, string>> = { reportingComponent: 'reportingController' }

/** What both forms have to keep: more when it has an `eventTime`, as new events do. */
function generalErrors(object: ApiObject, controllerField: string): readonly FieldError[] {
  const regarding = stringAt(object, 'involvedObject', 'namespace')
  const own = object.metadata.namespace ?? ''
  const elsewhere = invalidValue('involvedObject.namespace', regarding, 'does not match event.namespace')
  if (!isSet(object['eventTime'])) {
    return regarding === own || (regarding === '' && own === 'default') ? [] : [elsewhere]
  }
  const controller = stringAt(object, 'reportingComponent')
  return [
    ...(regarding === '' && own !== 'default' && own !== 'kube-system' ? [elsewhere] : []),
    ...(controller === '' ? [required(controllerField)] : []),
    ...qualifiedNameErrors(controller, controllerField),
    ...wordErrors(object, 'reportingInstance'),
    ...wordErrors(object, 'action'),
    ...wordErrors(object, 'reason'),
    ...lengthErrors(object, 'message', 1024),
  ]
}

function wordErrors(object: ApiObject, field: string): readonly FieldError[] {
  return stringAt(object, field) === '' ? [required(field)] : lengthErrors(object, field, 128)
}

function lengthErrors(object: ApiObject, field: string, bytes: number): readonly FieldError[] {
  const fits = Buffer.byteLength(stringAt(object, field)) <= bytes
  return fits ? [] : [invalidValue(field, '', `can have at most ${bytes} characters`)]
}

function seriesErrors(object: ApiObject): readonly FieldError[] {
  if (!isSet(object['series'])) return []
  const count = valueAt(object, 'series', 'count')
  return [
    ...(typeof count === 'number' && count >= 2 ? [] : [invalidValue('series.count', '', 'should be at least 2')]),
    ...(isSet(valueAt(object, 'series', 'lastObservedTime')) ? [] : [required('series.lastObservedTime')]),
  ]
}

/** Whether Go would see something else than the zero value. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== 0
}

function eventFields(object: ApiObject): Record<string, string> {
  return {
    ...Object.fromEntries(
      ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => [
        `involvedObject.${field}`,
        stringAt(object, 'involvedObject', field),
      ]),
    ),
    reason: stringAt(object, 'reason'),
    reportingComponent: stringAt(object, 'reportingComponent') || stringAt(object, 'source', 'component'),
    source: stringAt(object, 'source', 'component') || stringAt(object, 'reportingComponent'),
    type: stringAt(object, 'type'),
  }
}
