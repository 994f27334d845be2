import type { Field, FieldSchema } from './field-schema.ts'
import type { ResourceRegistry } from './resource-registry.ts'
import { groupVersionOf, type ServedResource } from './served-resource.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * OpenAPI v3, as far as clients ask for it: which requests take `fieldValidation` and `dryRun`, and the fields of each
 * kind for `kubectl explain`. Only custom resources have descriptions: those of their definition. Undefined for a path that is none of its documents.
 */
export function openApiDocument(registry: ResourceRegistry, path: string): unknown {
  const rootOf = (resource: ServedResource) => `${resource.group === '' ? 'api' : 'apis'}/${groupVersionOf(resource)}`
  if (path === '/openapi/v3') {
    const roots = [...new Set(registry.all().map(rootOf))]
    return { paths: Object.fromEntries(roots.map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])) }
  }
  const resources = registry.all().filter((resource) => `/openapi/v3/${rootOf(resource)}` === path)
  return resources.length === 0 ? undefined : groupDocument(resources)
}

function groupDocument(resources: readonly ServedResource[]): Json {
  const schemas: Record<string, Json> = {}
  const paths: Record<string, Json> = {}
  for (const resource of resources) {
    const { group, version, kind, plural, namespaced } = resource
    const gvk = { group, version, kind }
    const name = schemaNameOf(resource)
    schemas[name] = { ...rootSchema(resource, schemas), 'x-kubernetes-group-version-kind': [gvk] }
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    const path = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
    const operation = (action: string, parameters: readonly string[]): Json => ({
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk,
      parameters: parameters.map((parameter) => ({
        name: parameter,
        in: 'query',
        schema: { type: 'string', uniqueItems: true },
      })),
      responses: { '200': { description: 'OK', content: { 'application/json': { schema: refTo(name) } } } },
    })
    const write = ['dryRun', 'fieldManager', 'fieldValidation']
    paths[path] = { get: operation('list', ['limit', 'continue']), post: operation('post', write) }
    paths[`${path}/{name}`] = {
      get: operation('get', []),
      put: operation('put', write),
      patch: operation('patch', [...write, 'force']),
    }
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, components: { schemas } }
}

function schemaNameOf({ group, version, kind, isCustom }: ServedResource): string {
  if (isCustom === true) return [...group.split('.').toReversed(), version, kind].join('.')
  return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${version}.${kind}`
}

function refTo(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

/** A custom resource is described as its definition does, except for what all objects have. */
function rootSchema({ schema, structure }: ServedResource, schemas: Record<string, Json>): Json {
  const own = objectSchema(schema, schemas)
  if (structure === undefined) return own
  const { apiVersion, kind, metadata } = own['properties'] as Json
  return { ...structure, type: 'object', properties: { ...structure.properties, apiVersion, kind, metadata } }
}

function objectSchema(schema: FieldSchema, schemas: Record<string, Json>): Json {
  if (schema.kind !== 'struct') return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const properties = [...schema.fields].map(([name, field]) => [name, fieldSchemaOf(field, schemas)])
  const required = [...schema.fields].filter(([, field]) => field.required).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  }
}

function fieldSchemaOf(field: Field, schemas: Record<string, Json>): Json {
  const schema = valueSchema(field.schema, schemas)
  return field.mergeKey === undefined
    ? schema
    : {
        ...schema,
        'x-kubernetes-patch-strategy': field.retainKeys === true ? 'merge,retainKeys' : 'merge',
        ...(field.mergeKey === '' ? {} : { 'x-kubernetes-patch-merge-key': field.mergeKey }),
      }
}

function valueSchema(schema: FieldSchema, schemas: Record<string, Json>): Json {
  switch (schema.kind) {
    case 'scalar':
      return scalars[schema.scalar]
    case 'map':
      return { type: 'object', additionalProperties: valueSchema(schema.value, schemas) }
    case 'list':
      return {
        type: 'array',
        items: valueSchema(schema.item, schemas),
        'x-kubernetes-list-type': schema.list,
        ...(schema.list === 'map' ? { 'x-kubernetes-list-map-keys': schema.keys } : {}),
      }
    case 'struct':
      return structRef(schema, schemas)
  }
}

/** Types of the table have names and are described once; parts of custom resources have none. */
function structRef(schema: Extract<FieldSchema, { kind: 'struct' }>, schemas: Record<string, Json>): Json {
  if (schema.name === 'object') return objectSchema(schema, schemas)
  const name = `io.k8s.api.${schema.name.replace('/', '.')}`
  if (schemas[name] === undefined) {
    schemas[name] = {} // types contain themselves
    schemas[name] = objectSchema(schema, schemas)
  }
  return refTo(name)
}

const scalars: Readonly<Record<Extract<FieldSchema, { kind: 'scalar' }>['scalar'], Json>> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  quantity: { type: 'string' },
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  intorstring: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
}
