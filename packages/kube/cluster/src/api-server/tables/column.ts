import type { ApiObject } from '../json-record.ts'

/** A column of a table. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  /** 0: always shown; more: only with `-o wide`. */
  readonly priority?: number
  /** @param nowMs what ages are counted to. */
  cell(object: ApiObject, nowMs: number): unknown
}
