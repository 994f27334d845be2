/** What `src/generated/resource-table.ts` holds: the kinds that the server serves, and their fields. */
export interface ResourceTable {
  /** Kubernetes release that the table was generated from, e.g. `1.36.3`. */
  readonly release: string
  readonly resources: readonly ResourceRow[]
  /** Fields by type name, then by field name. */
  readonly types: Readonly<Record<string, Readonly<Record<string, FieldText>>>>
}

/** A resource or what its subresource answers with. */
interface KindRow {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
  /** Key into {@link ResourceTable.types}. */
  readonly type: string
}

/** A subresource such as `status`. */
export interface SubresourceRow extends KindRow {
  readonly name: string
}

/** A resource of the API, as discovery describes it. */
export interface ResourceRow extends KindRow {
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly SubresourceRow[]
}

/**
 * A field in one line: `TYPE PRESENCE [merge=KEY] [retainKeys] [required]`.
 *
 * TYPE is a scalar (`string`, `int32`, `int64`, `number`, `bool`, `bytes`, `quantity`, `time`, `microtime`,
 * `intorstring`), `any`, a type name (`core/v1.Pod`; `=core/v1.Pod` when it is atomic), a list (`[]T` atomic, `[=]T` set,
 * `[key,…]T` map by these keys) or a map (`{}T`; `{=}T` atomic).
 * PRESENCE follows without a space: `*` written only when it was set, `!` always written, `*!` written as null when it was
 * not set, nothing: left out when it is empty.
 * `merge=KEY` is the strategic patch rule (KEY is empty for lists of scalars).
 * `required` is what the OpenAPI document of the type says; the server checks it elsewhere.
 */
export type FieldText = string
