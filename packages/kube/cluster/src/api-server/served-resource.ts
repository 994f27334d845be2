import type { StructuralSchema } from './custom/structural-schema.ts'
import type { FieldSchema } from './field-schema.ts'
import type { ApiObject } from './json-record.ts'
import type { Verb } from './request-route.ts'
import type { Strategy } from './strategies/strategy.ts'
import type { Column } from './tables/column.ts'

/** A resource that the server answers for: built in, or one version of a custom resource. */
export interface ServedResource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlySet<Verb>
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: ReadonlyMap<string, ServedSubresource>
  readonly schema: FieldSchema
  readonly strategy: Strategy
  /** Name of the collection that holds the objects; two resources may share one. */
  readonly collection: string
  /** The type that refusals of an invalid object name, where it is another: that of what is stored. */
  readonly storedType?: { readonly group: string; readonly kind: string }
  /** How an object of this resource is read and written. */
  readonly codec: Codec
  /** Set for a version of a custom resource: no strategic patches, other defaults. */
  readonly isCustom?: true
  /** What the definition of a custom resource says about its objects. */
  readonly structure?: StructuralSchema
  /** Columns of its table besides the name. Default: those of the kind, or the age. */
  readonly columns?: readonly Column[]
}

/** A subresource such as `status`, with the kind that it is read and written as. */
export interface ServedSubresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: ReadonlySet<Verb>
  readonly schema: FieldSchema
}

/** Between what clients send and what is stored. */
export interface Codec {
  /**
   * What a client sent, in its canonical and stored form. Throws DecodeError.
   *
   * @param unknownFields collects the paths that were dropped.
   */
  decode(body: unknown, unknownFields: string[]): ApiObject
  /** What is stored, as a client of this resource reads it. The same object when nothing differs. */
  encode(stored: ApiObject): ApiObject
}

/** `v1`, or `storage.k8s.io/v1`. */
export function groupVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`
}
