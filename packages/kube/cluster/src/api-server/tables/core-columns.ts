import { type ApiObject, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import { ageColumn, ageText, nameColumn, textColumn } from './cells.ts'
import type { Column } from './column.ts'

const entriesColumn: Column = {
  name: 'Data',
  type: 'string',
  cell: (object) => Object.keys(recordAt(object, 'data')).length + Object.keys(recordAt(object, 'binaryData')).length,
}

const eventColumns: readonly Column[] = [
  { name: 'Last Seen', type: 'string', cell: lastSeen },
  textColumn('Type', ['type']),
  textColumn('Reason', ['reason']),
  {
    name: 'Object',
    type: 'string',
    cell: (event) =>
      [stringAt(event, 'involvedObject', 'kind').toLowerCase(), stringAt(event, 'involvedObject', 'name')]
        .filter((part) => part !== '')
        .join('/'),
  },
  textColumn('Subobject', ['involvedObject', 'fieldPath'], '', 1),
  { name: 'Source', type: 'string', priority: 1, cell: eventSource },
  { name: 'Message', type: 'string', cell: (event) => stringAt(event, 'message').trim() },
  { name: 'First Seen', type: 'string', priority: 1, cell: firstSeen },
  {
    name: 'Count',
    type: 'string',
    priority: 1,
    cell: (event) => Number(valueAt(event, 'series', 'count') ?? valueAt(event, 'count') ?? 1),
  },
  { ...nameColumn, priority: 1 },
]

/** Tables of the core group but for storage, and of leases and events. */
export const coreColumns: Readonly<Record<string, readonly Column[]>> = {
  '/ConfigMap': [nameColumn, entriesColumn, ageColumn],
  '/Secret': [nameColumn, textColumn('Type', ['type']), entriesColumn, ageColumn],
  '/Namespace': [nameColumn, textColumn('Status', ['status', 'phase']), ageColumn],
  '/ServiceAccount': [nameColumn, ageColumn],
  '/Node': [
    nameColumn,
    { name: 'Status', type: 'string', cell: nodeStatus },
    { name: 'Roles', type: 'string', cell: nodeRoles },
    ageColumn,
    textColumn('Version', ['status', 'nodeInfo', 'kubeletVersion']),
    { name: 'Internal-IP', type: 'string', priority: 1, cell: (node) => addressOf(node, 'InternalIP') },
    { name: 'External-IP', type: 'string', priority: 1, cell: (node) => addressOf(node, 'ExternalIP') },
    textColumn('OS-Image', ['status', 'nodeInfo', 'osImage'], '<unknown>', 1),
    textColumn('Kernel-Version', ['status', 'nodeInfo', 'kernelVersion'], '<unknown>', 1),
    textColumn('Container-Runtime', ['status', 'nodeInfo', 'containerRuntimeVersion'], '<unknown>', 1),
  ],
  '/Pod': [
    nameColumn,
    { name: 'Ready', type: 'string', cell: podReady },
    { name: 'Status', type: 'string', cell: podStatus },
    {
      name: 'Restarts',
      type: 'string',
      cell: (pod) =>
        String(
          containerStatuses(pod).reduce<number>((sum, each) => sum + Number(valueAt(each, 'restartCount') ?? 0), 0),
        ),
    },
    ageColumn,
    textColumn('IP', ['status', 'podIP'], '<none>', 1),
    textColumn('Node', ['spec', 'nodeName'], '<none>', 1),
    textColumn('Nominated Node', ['status', 'nominatedNodeName'], '<none>', 1),
    { name: 'Readiness Gates', type: 'string', priority: 1, cell: () => '<none>' },
  ],
  '/Event': eventColumns,
  'events.k8s.io/Event': eventColumns,
  'coordination.k8s.io/Lease': [nameColumn, textColumn('Holder', ['spec', 'holderIdentity']), ageColumn],
}

function firstSeen(event: ApiObject, nowMs: number): string {
  return ageText(stringAt(event, 'firstTimestamp') || stringAt(event, 'eventTime'), nowMs)
}

function lastSeen(event: ApiObject, nowMs: number): string {
  const last = stringAt(event, 'series', 'lastObservedTime') || stringAt(event, 'lastTimestamp')
  return last === '' ? firstSeen(event, nowMs) : ageText(last, nowMs)
}

function eventSource(event: ApiObject): string {
  const component = stringAt(event, 'source', 'component') || stringAt(event, 'reportingComponent')
  const instance = stringAt(event, 'source', 'host') || stringAt(event, 'reportingInstance')
  return instance === '' ? component : `${component}, ${instance}`
}

function nodeStatus(node: ApiObject): string {
  const ready = listAt(node, 'status', 'conditions').find((condition) => stringAt(condition, 'type') === 'Ready')
  const status = ready === undefined ? 'Unknown' : stringAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady'
  return valueAt(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status
}

function nodeRoles({ metadata }: ApiObject): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.keys(metadata.labels ?? {})
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length))
  return roles.toSorted().join(',') || '<none>'
}

function addressOf(node: ApiObject, type: string): string {
  const found = listAt(node, 'status', 'addresses').find((address) => stringAt(address, 'type') === type)
  return stringAt(found, 'address') || '<none>'
}

function containerStatuses(pod: ApiObject): readonly unknown[] {
  return listAt(pod, 'status', 'containerStatuses')
}

function podReady(pod: ApiObject): string {
  const ready = containerStatuses(pod).filter((status) => valueAt(status, 'ready') === true).length
  return `${ready}/${listAt(pod, 'spec', 'containers').length}`
}

/** The reason of a container that waits or has ended, if there is one, else the phase; init containers are not looked at. */
function podStatus(pod: ApiObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const reasons = containerStatuses(pod).map(
    (status) => stringAt(status, 'state', 'waiting', 'reason') || stringAt(status, 'state', 'terminated', 'reason'),
  )
  return (
    reasons.find((reason) => reason !== '') ?? (stringAt(pod, 'status', 'reason') || stringAt(pod, 'status', 'phase'))
  )
}
