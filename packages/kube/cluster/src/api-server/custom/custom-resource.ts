import { resourceTable } from '../../generated/resource-table.ts'
import { canonicalize } from '../canonical-form.ts'
import { DecodeError } from '../canonical-scalar.ts'
import { createParser, type FieldSchema } from '../field-schema.ts'
import {
  type ApiObject,
  cloneJson,
  isRecord,
  type JsonRecord,
  listAt,
  recordAt,
  stringAt,
  valueAt,
} from '../json-record.ts'
import type { Verb } from '../request-route.ts'
import type { Codec, ServedResource, ServedSubresource } from '../served-resource.ts'
import type { Strategy } from '../strategies/strategy.ts'
import { ageText } from '../tables/cells.ts'
import type { Column } from '../tables/column.ts'
import { applyDefaults, pruneUnknown } from './shape-custom.ts'
import { type StructuralSchema, toFieldSchema } from './structural-schema.ts'
import { schemaErrors } from './validate-custom.ts'

const verbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const statusVerbs: readonly Verb[] = ['get', 'patch', 'update']

/** The resources that a CustomResourceDefinition makes: one for each version that it serves. */
export function customResources(definition: ApiObject): ServedResource[] {
  const group = stringAt(definition, 'spec', 'group')
  const names = recordAt(definition, 'spec', 'names')
  const plural = stringAt(names, 'plural')
  const kind = stringAt(names, 'kind')
  return listAt(definition, 'spec', 'versions')
    .filter((version) => valueAt(version, 'served') === true)
    .map((version): ServedResource => {
      const name = stringAt(version, 'name')
      const structure = recordAt(version, 'schema', 'openAPIV3Schema') as StructuralSchema
      const hasStatus = valueAt(version, 'subresources', 'status') !== undefined
      const schema = rootSchema(structure)
      return {
        group,
        version: name,
        plural,
        kind,
        singular: stringAt(names, 'singular') || kind.toLowerCase(),
        listKind: stringAt(names, 'listKind') || `${kind}List`,
        namespaced: stringAt(definition, 'spec', 'scope') === 'Namespaced',
        verbs: new Set(verbs),
        shortNames: listAt(names, 'shortNames').map(String),
        categories: listAt(names, 'categories').map(String),
        subresources: hasStatus ? new Map([['status', statusOf(group, name, kind, schema)]]) : new Map(),
        schema,
        strategy: customStrategy(structure, hasStatus, listAt(version, 'selectableFields')),
        collection: `${group}/${plural}`,
        codec: customCodec(`${group}/${name}`, structure),
        isCustom: true,
        structure,
        columns: printerColumns(listAt(version, 'additionalPrinterColumns')),
      }
    })
}

function statusOf(group: string, version: string, kind: string, schema: FieldSchema): ServedSubresource {
  return { name: 'status', group, version, kind, verbs: new Set(statusVerbs), schema }
}

const metadataSchema = createParser(resourceTable.types).struct('meta/v1.ObjectMeta', false)

function rootSchema(structure: StructuralSchema): FieldSchema {
  const schema = toFieldSchema(structure)
  const scalar: FieldSchema = { kind: 'scalar', scalar: 'string' }
  const own = [
    ['apiVersion', scalar],
    ['kind', scalar],
    ['metadata', metadataSchema],
  ] as const
  const fields = new Map(schema.kind === 'struct' ? schema.fields : [])
  for (const [name, field] of own) fields.set(name, { schema: field, presence: 'when-set' })
  return { kind: 'struct', name: 'object', atomic: false, fields }
}

/** Metadata is typed as everywhere; the rest is what the schema makes of it. Stored in the version that it was sent in. */
function customCodec(apiVersion: string, structure: StructuralSchema): Codec {
  return {
    decode(body, unknownFields) {
      if (!isRecord(body)) throw new DecodeError('the body is not an object')
      const { apiVersion: given, kind, metadata, ...rest } = cloneJson(body)
      const unknownMetadata: string[] = []
      const object = {
        apiVersion: String(given),
        kind: String(kind),
        metadata: canonicalize(metadata ?? {}, metadataSchema, unknownMetadata) as ApiObject['metadata'],
        ...rest,
      }
      unknownFields.push(...unknownMetadata.map((field) => `metadata.${field}`))
      pruneUnknown(object, structure, unknownFields)
      applyDefaults(object, structure)
      return object
    },
    encode: (stored) => (stored.apiVersion === apiVersion ? stored : { ...stored, apiVersion }),
  }
}

function customStrategy(structure: StructuralSchema, hasStatus: boolean, selectable: readonly unknown[]): Strategy {
  const paths = selectable.map((field) => stringAt(field, 'jsonPath').replace(/^\./, ''))
  return {
    generation: 'from-create',
    updatesUnconditionally: false,
    keepsMetadataOnStatus: true,
    countsStatus: !hasStatus,
    validate: (object) => schemaErrors(withoutMetadata(object), structure),
    selectableFields: (object) =>
      Object.fromEntries(paths.map((path) => [path, scalarText(valueAt(object, ...path.split('.')))])),
  }
}

/** Metadata is checked as that of any object. */
function withoutMetadata(object: ApiObject): JsonRecord {
  return { ...object, metadata: {} }
}

/** Dates are shown as the time since then. */
function printerColumns(columns: readonly unknown[]): readonly Column[] {
  return columns.map((column) => {
    const path = stringAt(column, 'jsonPath').replace(/^\./, '').split('.')
    const type = stringAt(column, 'type') as Column['type']
    return {
      name: stringAt(column, 'name'),
      type,
      format: stringAt(column, 'format'),
      description: stringAt(column, 'description'),
      priority: Number(valueAt(column, 'priority') ?? 0),
      cell: (object, nowMs) => {
        const value = valueAt(object, ...path) ?? null
        if (type !== 'date') return value
        return typeof value === 'string' ? ageText(value, nowMs) : null
      },
    }
  })
}

function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
