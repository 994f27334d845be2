import type { ServedResource } from '../served-resource.ts'
import { nameColumn } from './cells.ts'
import type { Column } from './column.ts'
import { coreColumns } from './core-columns.ts'
import { storageColumns } from './storage-columns.ts'
import { workloadColumns } from './workload-columns.ts'

const createdColumn: Column = {
  name: 'Created At',
  type: 'date',
  cell: ({ metadata }) => metadata.creationTimestamp ?? '',
}

const byKind: Readonly<Record<string, readonly Column[]>> = { ...coreColumns, ...storageColumns, ...workloadColumns }

/** The columns of a resource: its own, those of its kind, or name and time. */
export function columnsOf({ group, kind, columns }: ServedResource): readonly Column[] {
  if (columns !== undefined) return columns.length === 0 ? [nameColumn, createdColumn] : [nameColumn, ...columns]
  return byKind[`${group}/${kind}`] ?? [nameColumn, createdColumn]
}
