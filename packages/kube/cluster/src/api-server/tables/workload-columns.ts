import { formatLabelSelector, labelRequirements } from '@csi-ts/kube-api'
import { type ApiObject, listAt, recordAt, stringAt, valueAt } from '../json-record.ts'
import { ageColumn, countColumn, nameColumn } from './cells.ts'
import type { Column } from './column.ts'

const containersColumn = containerColumn('Containers', 'name')
const imagesColumn = containerColumn('Images', 'image')
const selectorColumn: Column = { name: 'Selector', type: 'string', priority: 1, cell: selectorText }

/** Tables of the apps group. */
export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  'apps/Deployment': [
    nameColumn,
    { name: 'Ready', type: 'string', cell: readyText },
    countColumn('Up-to-date', ['status', 'updatedReplicas'], 'string'),
    countColumn('Available', ['status', 'availableReplicas'], 'string'),
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  'apps/ReplicaSet': [
    nameColumn,
    countColumn('Desired', ['spec', 'replicas']),
    countColumn('Current', ['status', 'replicas']),
    countColumn('Ready', ['status', 'readyReplicas']),
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  'apps/StatefulSet': [
    nameColumn,
    { name: 'Ready', type: 'string', cell: readyText },
    ageColumn,
    containersColumn,
    imagesColumn,
  ],
  'apps/DaemonSet': [
    nameColumn,
    countColumn('Desired', ['status', 'desiredNumberScheduled']),
    countColumn('Current', ['status', 'currentNumberScheduled']),
    countColumn('Ready', ['status', 'numberReady']),
    countColumn('Up-to-date', ['status', 'updatedNumberScheduled']),
    countColumn('Available', ['status', 'numberAvailable']),
    { name: 'Node Selector', type: 'string', cell: nodeSelectorText },
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
}

function containerColumn(name: string, field: string): Column {
  return {
    name,
    type: 'string',
    priority: 1,
    cell: (object) =>
      listAt(object, 'spec', 'template', 'spec', 'containers')
        .map((container) => stringAt(container, field))
        .join(','),
  }
}

function readyText(object: ApiObject): string {
  return `${Number(valueAt(object, 'status', 'readyReplicas') ?? 0)}/${Number(valueAt(object, 'spec', 'replicas') ?? 1)}`
}

function selectorText(object: ApiObject): string {
  return formatLabelSelector(labelRequirements(recordAt(object, 'spec', 'selector')))
}

function nodeSelectorText(object: ApiObject): string {
  const pairs = Object.entries(recordAt(object, 'spec', 'template', 'spec', 'nodeSelector')).map(
    ([key, value]) => `${key}=${String(value)}`,
  )
  return pairs.join(',') || '<none>'
}
