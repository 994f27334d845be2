import { type ApiObject, stringAt, valueAt } from '../json-record.ts'
import type { Column } from './column.ts'

/** What every table starts with. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  cell: ({ metadata }) => metadata.name ?? '',
}

/** A text column that shows the field at a path, or `otherwise` when there is none. */
export function textColumn(name: string, path: readonly string[], otherwise = '', priority = 0): Column {
  return { name, type: 'string', priority, cell: (object) => stringAt(object, ...path) || otherwise }
}

/** A column that shows a number, 0 when there is none. */
export function countColumn(name: string, path: readonly string[], type: Column['type'] = 'integer'): Column {
  return { name, type, cell: (object) => Number(valueAt(object, ...path) ?? 0) }
}

/** A column that shows true or false. */
export function flagColumn(name: string, path: readonly string[], type: Column['type'] = 'boolean'): Column {
  return { name, type, cell: (object) => valueAt(object, ...path) === true }
}

/** How long an object has been there. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  cell: ({ metadata }, nowMs) => ageText(metadata.creationTimestamp, nowMs),
}

/** The phase of an object, `Terminating` from when it is being deleted. */
export function phaseColumn(): Column {
  return { name: 'Status', type: 'string', cell: phaseOf }
}

/** The time since a moment as kubectl shows it: `5s`, `3m20s`, `2d`; `<unknown>` for none, `<invalid>` for no time. */
export function ageText(time: string | undefined, nowMs: number): string {
  if (time === undefined || time === '') return '<unknown>'
  const seconds = Math.floor((nowMs - Date.parse(time)) / 1000)
  if (Number.isNaN(seconds) || seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  return durationText(seconds)
}

function durationText(seconds: number): string {
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)]
  const both = (large: number, unit: string, rest: number, small: string) =>
    `${large}${unit}${rest === 0 ? '' : `${rest}${small}`}`
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (days < 8) return both(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  return both(Math.floor(days / 365), 'y', days % 365, 'd')
}

function phaseOf(object: ApiObject): string {
  return object.metadata.deletionTimestamp === undefined ? stringAt(object, 'status', 'phase') : 'Terminating'
}
