import { anything, type Field, type FieldSchema } from '../field-schema.ts'

/** The parts of a custom resource's OpenAPI schema that the server works with. CEL rules are not among them. */
export interface StructuralSchema {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  /** `true` or absent with no properties: nothing is known about the fields. */
  readonly additionalProperties?: StructuralSchema | boolean
  readonly items?: StructuralSchema
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly nullable?: boolean
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly oneOf?: readonly StructuralSchema[]
  readonly anyOf?: readonly StructuralSchema[]
  readonly allOf?: readonly StructuralSchema[]
  readonly not?: StructuralSchema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'granular' | 'atomic'
}

/** The schema as patches and field ownership see it. */
export function toFieldSchema(schema: StructuralSchema): FieldSchema {
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic'
  if (schema.items !== undefined) {
    const list = schema['x-kubernetes-list-type'] ?? 'atomic'
    return { kind: 'list', list, keys: schema['x-kubernetes-list-map-keys'] ?? [], item: toFieldSchema(schema.items) }
  }
  if (schema.properties !== undefined) {
    const fields = Object.entries(schema.properties).map(([name, property]): [string, Field] => [
      name,
      { schema: toFieldSchema(property), presence: 'when-set' },
    ])
    return { kind: 'struct', name: 'object', atomic: isAtomic, fields: new Map(fields) }
  }
  if (typeof schema.additionalProperties === 'object') {
    return { kind: 'map', atomic: isAtomic, value: toFieldSchema(schema.additionalProperties) }
  }
  return anything
}
